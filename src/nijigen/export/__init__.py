"""Models for other programs: graphs in ONNX, checked against the networks they were made of."""
