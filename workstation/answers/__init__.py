"""Templates of answers, a file for each language (casework/answer_templates.py)."""
