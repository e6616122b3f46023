"""Requests as they arrive: V4 signatures, error documents, and facts about answers."""
