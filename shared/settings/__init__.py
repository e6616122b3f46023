"""Environment variables, one by one and as models, proved before anything is signed."""
