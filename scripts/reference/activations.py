"""Every activation of an XLMRobertaForSequenceClassification, under this project's names.

The names are the module paths of the checkpoint without "roberta.". Values that no module
returns (scores, probs, context, tanh) are recomputed from the outputs of modules, and
`capture` asserts that they are equal to the model's own, bit for bit.
"""

import torch

HIDDEN_MODULES = [
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "attention.output.LayerNorm",
    "intermediate.dense",
    "output.dense",
    "output.LayerNorm",
]


def activation_names(layers):
    """The complete list, in the order of the forward pass."""
    names = [f"embeddings.{part}" for part in ("word_embeddings", "position_embeddings", "token_type_embeddings", "LayerNorm")]
    for i in range(layers):
        names += [
            f"encoder.layer.{i}.{part}"
            for part in (
                "attention.self.query",
                "attention.self.key",
                "attention.self.value",
                "attention.self.scores",
                "attention.self.probs",
                "attention.self.context",
                "attention.output.dense",
                "attention.output.LayerNorm",
                "intermediate.dense",
                "intermediate.activation",
                "output.dense",
                "output.LayerNorm",
            )
        ]
    return names + ["classifier.dense", "classifier.tanh", "classifier.out_proj"]


def mask_from_lengths(lengths, seq):
    """[batch, seq], 1 for a token, 0 for padding. From the lengths, because a literal <pad> in the text is a token."""
    return (torch.arange(seq)[None, :] < torch.tensor(lengths)[:, None]).long()


@torch.no_grad()
def capture(model, input_ids, lengths):
    """One forward pass: {name: tensor}, in the order of `activation_names`. The model must use eager attention."""
    assert model.config._attn_implementation == "eager" and not model.training
    ids = torch.tensor(input_ids)
    mask = mask_from_lengths(lengths, ids.shape[1])
    layers = model.roberta.encoder.layer
    modules = {f"embeddings.{name}": module for name, module in model.roberta.embeddings.named_children() if name != "dropout"}
    for i, layer in enumerate(layers):
        modules |= {f"encoder.layer.{i}.{path}": layer.get_submodule(path) for path in HIDDEN_MODULES}
        modules[f"encoder.layer.{i}.intermediate.activation"] = layer.intermediate.intermediate_act_fn
        modules[f"encoder.layer.{i}.attention.self.context"] = layer.attention.self
    modules |= {"classifier.dense": model.classifier.dense, "classifier.out_proj": model.classifier.out_proj}

    seen = {}

    def keep(name):
        def hook(_module, _inputs, output):
            assert name not in seen, f"{name} ran twice"
            value = output[0] if isinstance(output, tuple) else output
            seen[name] = value.detach().clone()

        return hook

    handles = [module.register_forward_hook(keep(name)) for name, module in modules.items()]
    # The head's tanh is a function, not a module, so its output is taken from the input of out_proj.
    keep_tanh = lambda _module, inputs: seen.update({"classifier.tanh": inputs[0].clone()})
    handles.append(model.classifier.out_proj.register_forward_pre_hook(keep_tanh))
    try:
        output = model(ids, attention_mask=mask, output_attentions=True, output_hidden_states=True)
    finally:
        for handle in handles:
            handle.remove()

    for i, probs in enumerate(output.attentions):
        seen[f"encoder.layer.{i}.attention.self.scores"] = scores(model, seen, i)
        seen[f"encoder.layer.{i}.attention.self.probs"] = probs
    prove(model, seen, output, mask)
    return {name: seen.pop(name).contiguous() for name in activation_names(len(layers))}


def split_heads(model, hidden):
    """[batch, seq, hidden] -> [batch, heads, seq, headDim]"""
    batch, seq, _ = hidden.shape
    return hidden.view(batch, seq, model.config.num_attention_heads, -1).transpose(1, 2)


def scores(model, seen, i):
    """q k^T / sqrt(headDim), before the mask: [batch, heads, seq, seq]"""
    query = split_heads(model, seen[f"encoder.layer.{i}.attention.self.query"])
    key = split_heads(model, seen[f"encoder.layer.{i}.attention.self.key"])
    return torch.matmul(query, key.transpose(2, 3)) * query.shape[-1] ** -0.5


def prove(model, seen, output, mask):
    """Asserts that the captured values are exactly those that the model itself reports."""

    def same(what, ours, theirs):
        assert torch.equal(ours, theirs), f"{what} is not the model's own: {(ours - theirs).abs().max()}"

    dtype = output.logits.dtype
    additive = torch.zeros(mask.shape, dtype=dtype).masked_fill(mask == 0, torch.finfo(dtype).min)[:, None, None, :]
    same("embeddings", seen["embeddings.LayerNorm"], output.hidden_states[0])
    for i, probs in enumerate(output.attentions):
        at = f"encoder.layer.{i}"
        value = split_heads(model, seen[f"{at}.attention.self.value"])
        context = torch.matmul(probs, value).transpose(1, 2).flatten(2)
        same(f"{at} probs", torch.softmax(seen[f"{at}.attention.self.scores"] + additive, dim=-1), probs)
        same(f"{at} context", seen[f"{at}.attention.self.context"], context)
        same(f"{at} output", seen[f"{at}.output.LayerNorm"], output.hidden_states[i + 1])
    same("tanh", seen["classifier.tanh"], torch.tanh(seen["classifier.dense"]))
    same("logits", seen["classifier.out_proj"], output.logits)
    for name, value in seen.items():
        assert torch.isfinite(value).all(), f"{name} is not finite"
