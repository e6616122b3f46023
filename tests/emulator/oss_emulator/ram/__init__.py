"""RAM: roles, users and sessions, their policies, and what those allow."""
