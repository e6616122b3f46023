"""Operations of OSS, each verified and authorised.

``operations`` names the operation that a request asks for, and its function: ``objects`` reads, deletes and
tags, ``writing`` puts, ``symlinks`` links, ``multipart`` uploads in parts, ``uploads`` and ``listing`` list.
``calls`` is the one authenticated call that they all take. Forms have a way of their own: ``post_form``, over
the fields that ``form_data`` reads.
"""
