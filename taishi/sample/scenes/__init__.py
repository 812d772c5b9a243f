"""The story: each module tells one attack or weakness as its `SCENE`, with its ground truth."""
