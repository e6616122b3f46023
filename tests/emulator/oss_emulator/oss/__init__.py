"""Operations of OSS, each verified and authorised.

``operations`` names the operation that a request asks for, and its function: ``objects`` reads and deletes,
``tagging`` and ``acls`` do what they say, ``writing`` puts, ``append`` and ``copies`` likewise, ``symlinks`` links,
``multipart`` uploads in parts, which ``uploads`` lists. ``calls`` is the one call that they all take,
``authorization`` decides whether it may be. Forms have a way of their own: ``post_form``, over the fields that
``form_data`` reads. What is done to buckets is next door, in ``bucket``.
"""
