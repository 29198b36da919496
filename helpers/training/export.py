"""A trained model and its tokenizer as a GGUF file."""

import json
from pathlib import Path

import gguf
import numpy as np
from tokenizers import Tokenizer

from .corpus import END, SPECIAL, START, TEMPLATE
from .model import Model

NAME = "endpointscope-tiny"
TEMPERATURE = 0.8


def add_shape(writer: gguf.GGUFWriter, model: Model) -> None:
    """Write the model's dimensions, name, license and sampling temperature."""
    shape = model.shape
    writer.add_name(NAME)
    writer.add_description("Writes small poems; made by and for endpointscope's built-in endpoint.")
    writer.add_license("MIT")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_sampling_temp(TEMPERATURE)


def add_tokenizer(writer: gguf.GGUFWriter, tokenizer: Tokenizer) -> None:
    """Write the vocabulary, the merges, the special tokens and the chat template."""
    state = json.loads(tokenizer.to_str())["model"]
    vocabulary = sorted(state["vocab"], key=state["vocab"].get)
    kinds = [
        gguf.TokenType.CONTROL if token in SPECIAL else gguf.TokenType.NORMAL
        for token in vocabulary
    ]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(vocabulary)
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) for pair in state["merges"]])
    writer.add_bos_token_id(state["vocab"][START])
    writer.add_eos_token_id(state["vocab"][END])
    writer.add_eot_token_id(state["vocab"][END])
    writer.add_add_bos_token(True)
    writer.add_chat_template(TEMPLATE)


def add_weights(writer: gguf.GGUFWriter, model: Model) -> None:
    """Write the matrices as Q8_0 and the norms as F32."""
    for name, tensor in model.state_dict().items():
        values = tensor.detach().float().numpy().astype(np.float32)
        if values.ndim == 1:
            writer.add_tensor(name, values)
        else:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)


def export(model: Model, tokenizer: Tokenizer, path: Path) -> None:
    """Write the model and its tokenizer to a GGUF file at the path."""
    writer = gguf.GGUFWriter(path, "llama")
    add_shape(writer, model)
    add_tokenizer(writer, tokenizer)
    add_weights(writer, model)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
