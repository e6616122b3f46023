"""Rules that name why OSS refuses a request, a file per kind of evidence; ``shared.diagnose`` puts them in order."""
