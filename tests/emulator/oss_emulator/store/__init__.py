"""What is kept.

``buckets`` hold versions of objects, ``settings`` say how they are set, ``storage`` their bytes on disk with the checksum of ``crc64``; ``cors``
answers other origins by the rules of a bucket.
"""
