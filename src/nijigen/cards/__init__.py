"""``README.md`` of models and data sets, as the Hugging Face Hub shows them: front matter, words, whose file it is."""
