"""Environment variables by name, with their units and defaults, as models of pydantic's.

``reading``: text into checked values. ``granting``: what every function of grants reads. ``caller`` and
``oidc``: who calls. ``uploads`` and ``tickets``: what only some deployments switch on.
"""
