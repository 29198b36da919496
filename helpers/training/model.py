"""The network: a small Llama, with the arithmetic of llama.cpp's "llama" architecture."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Shape:
    """A model's dimensions; the GGUF declares the same context length."""

    vocabulary: int = 1792
    width: int = 128
    heads: int = 4
    layers: int = 4
    hidden: int = 256
    context: int = 1024
    rope_base: float = 10000.0
    epsilon: float = 1e-5


def rotations(shape: Shape) -> tuple[Tensor, Tensor]:
    """RoPE's cosines and sines, each of shape (context, size / 2).

    Adjacent numbers make a pair, as in llama.cpp.
    """
    size = shape.width // shape.heads
    angles = torch.outer(
        torch.arange(shape.context).float(),
        shape.rope_base ** (-torch.arange(0, size, 2).float() / size),
    )
    return angles.cos(), angles.sin()


def rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Queries or keys rotated by position (RoPE); x is (batch, heads, time, size)."""
    even, odd = x[..., ::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)


class Block(nn.Module):
    """Attention and a gated feed-forward layer, each after a norm."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.attn_norm = nn.RMSNorm(shape.width, eps=shape.epsilon)
        self.ffn_norm = nn.RMSNorm(shape.width, eps=shape.epsilon)
        self.attn_q = nn.Linear(shape.width, shape.width, bias=False)
        self.attn_k = nn.Linear(shape.width, shape.width, bias=False)
        self.attn_v = nn.Linear(shape.width, shape.width, bias=False)
        self.attn_output = nn.Linear(shape.width, shape.width, bias=False)
        self.ffn_gate = nn.Linear(shape.width, shape.hidden, bias=False)
        self.ffn_up = nn.Linear(shape.width, shape.hidden, bias=False)
        self.ffn_down = nn.Linear(shape.hidden, shape.width, bias=False)

    def attention(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Causal self-attention's output, of x's shape (batch, time, width)."""
        batch, time, width = x.shape
        query, key, value = (
            layer(x).view(batch, time, self.heads, -1).transpose(1, 2)
            for layer in (self.attn_q, self.attn_k, self.attn_v)
        )
        query, key = (
            rotated(query, cos, sin).to(value.dtype),
            rotated(key, cos, sin).to(value.dtype),
        )
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        joined: Tensor = self.attn_output(mixed.transpose(1, 2).reshape(batch, time, width))
        return joined

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Return x plus the outputs of both layers."""
        x = x + self.attention(self.attn_norm(x), cos, sin)
        normed = self.ffn_norm(x)
        fed: Tensor = self.ffn_down(functional.silu(self.ffn_gate(normed)) * self.ffn_up(normed))
        return x + fed


class Model(nn.Module):
    """Token ids to logits; the output layer shares the embedding's weights."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        blocks = [Block(shape) for _ in range(shape.layers)]
        self.blk = nn.ModuleList(blocks)
        self.output_norm = nn.RMSNorm(shape.width, eps=shape.epsilon)
        self.cos, self.sin = rotations(shape)
        nn.init.normal_(self.token_embd.weight, std=0.02)
        for block in blocks:
            nn.init.zeros_(block.attn_output.weight)
            nn.init.zeros_(block.ffn_down.weight)

    def forward(self, ids: Tensor) -> Tensor:
        """The next token's logits at every position."""
        x = self.token_embd(ids)
        cos, sin = self.cos[: ids.shape[1]], self.sin[: ids.shape[1]]
        for block in self.blk:
            x = block(x, cos, sin)
        return functional.linear(self.output_norm(x), self.token_embd.weight)

    def parameter_count(self) -> int:
        """The number of parameters."""
        return sum(parameter.numel() for parameter in self.parameters())
