"""What engines that read ordered histories share: packing, a causal transformer, runs, serving.

No engine itself: `sasrec` and `semantic_id` are built of it. Learning needs torch, serving NumPy
and ONNX Runtime.
"""
