"""Operations on buckets: ``existence`` (create, delete, list, info), ``access`` (ACL, policy, Block Public Access),
``settings`` (CORS, versioning), ``lifecycle`` and ``styles`` (kept, not carried out), ``listing`` and ``versions``.
"""
