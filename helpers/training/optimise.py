"""The training loop."""

import time
from random import Random

import torch
from torch import Tensor
from torch.nn import functional

from .model import Model

Example = tuple[list[int], list[bool]]
IGNORED = -100
STRIDE = 32


def batches(examples: list[Example], seed: int, tokens: int) -> list[list[Example]]:
    """The examples in shuffled batches of about this many tokens.

    Lengths are padded to multiples of STRIDE and incomplete batches are dropped, because PyTorch
    prepares its kernels again for each new shape, which takes longer than the step.
    """
    shelves: dict[int, list[Example]] = {}
    for entry in examples:
        shelves.setdefault(-(-(len(entry[0]) - 1) // STRIDE) * STRIDE, []).append(entry)
    found = []
    for length, shelf in sorted(shelves.items()):
        rows = max(tokens // length, 1)
        found += [shelf[at : at + rows] for at in range(0, len(shelf) - rows + 1, rows)]
    Random(seed).shuffle(found)
    return found


def tensors(batch: list[Example]) -> tuple[Tensor, Tensor]:
    """Inputs and targets, padded at the end; targets not to be learned are IGNORED."""
    longest = -(-(max(len(ids) for ids, _ in batch) - 1) // STRIDE) * STRIDE
    inputs = torch.zeros(len(batch), longest, dtype=torch.long)
    targets = torch.full((len(batch), longest), IGNORED)
    for row, (ids, learned) in enumerate(batch):
        inputs[row, : len(ids) - 1] = torch.tensor(ids[:-1])
        wanted = [
            token if keep else IGNORED for token, keep in zip(ids[1:], learned[1:], strict=True)
        ]
        targets[row, : len(ids) - 1] = torch.tensor(wanted)
    return inputs, targets


def optimisers(model: Model) -> list[torch.optim.Optimizer]:
    """Muon for the blocks' matrices and AdamW for the rest."""
    matrices = [parameter for parameter in model.blk.parameters() if parameter.ndim == 2]
    others = [
        parameter
        for name, parameter in model.named_parameters()
        if parameter.ndim != 2 or name.startswith("token")
    ]
    return [
        torch.optim.Muon(matrices, lr=0.02, weight_decay=0.01, momentum=0.95),
        torch.optim.AdamW(others, lr=0.004, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def rate(progress: float) -> float:
    """The fraction of the full learning rate: a fast rise, a plateau, a decay to zero."""
    return min(progress / 0.02, 1.0, (1.0 - progress) / 0.6)


def train(model: Model, plan: list[list[Example]]) -> float:
    """Train a model in place, once on every batch; return the mean loss of the last steps."""
    chosen = optimisers(model)
    full = [optimiser.param_groups[0]["lr"] for optimiser in chosen]
    started, recent = time.monotonic(), 0.0
    for step, batch in enumerate(plan):
        for optimiser, top in zip(chosen, full, strict=True):
            optimiser.param_groups[0]["lr"] = top * rate((step + 0.5) / len(plan))
        inputs, targets = tensors(batch)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(inputs)
        loss = functional.cross_entropy(
            logits.float().flatten(0, 1), targets.flatten(), ignore_index=IGNORED
        )
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimiser in chosen:
            optimiser.step()
            optimiser.zero_grad()
        recent = 0.98 * recent + 0.02 * loss.item() if step else loss.item()
        if step % 50 == 0 or step == len(plan) - 1:
            spent = time.monotonic() - started
            print(f"step {step + 1} of {len(plan)}, {spent:.0f} s, loss {recent:.3f}", flush=True)
    return recent
