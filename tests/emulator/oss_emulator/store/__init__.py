"""What is kept: buckets, objects on disk, CORS rules, checksums."""
