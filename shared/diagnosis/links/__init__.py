"""URLs as they were pasted: taken out of what surrounds them, and repaired.

``surroundings`` finds the URL; ``repairs`` lists kinds of damage, which ``decoded`` and ``formats`` help to undo.
"""
