"""python -m helpers.training: train the built-in model and write its GGUF."""

import argparse
import time
from pathlib import Path

import torch

from . import corpus, optimise
from .export import export
from .model import Model, Shape

MODEL = Path(__file__).parents[1] / "server" / "model" / "endpointscope-tiny.gguf"


def arguments() -> argparse.Namespace:
    """The command line's choices."""
    parser = argparse.ArgumentParser(prog="python -m helpers.training", description=__doc__)
    parser.add_argument("--out", type=Path, default=MODEL, help="the file to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--documents", type=int, default=100_000, help="how many texts to learn from"
    )
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    """Generate the corpus, train, and write the model."""
    chosen = arguments()
    started = time.monotonic()
    torch.manual_seed(chosen.seed)
    torch.set_num_threads(chosen.threads)
    shape = Shape()
    texts = list(corpus.documents(chosen.seed, chosen.documents))
    tokenizer = corpus.tokenizer((entry.text for entry in texts[:8000]), shape.vocabulary)
    examples = [
        (ids[: shape.context], learned[: shape.context])
        for ids, learned in (corpus.encoded(tokenizer, entry) for entry in texts)
    ]
    plan = optimise.batches(examples, chosen.seed, tokens=2048)
    model = Model(shape)
    tokens = sum(len(ids) for ids, _ in examples)
    print(f"{tokens:,} tokens, {model.parameter_count():,} parameters", flush=True)
    optimise.train(model, plan)
    export(model, tokenizer, chosen.out)
    size, spent = chosen.out.stat().st_size, time.monotonic() - started
    print(f"{chosen.out.name}: {size:,} bytes, {spent:.0f} s in all")


if __name__ == "__main__":
    main()
