"""Networks that look at pictures: what they see is compared, and what they recognise is counted."""
