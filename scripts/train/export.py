"""Steps `export` and `join`: F16 safetensors for the library, whole or in parts."""

import shutil

import torch
from safetensors.torch import load_file, save_file

from files import sha256_of, write_whole

PART_BYTES = 15_000_000


def export(folder, out, split=False, part_bytes=PART_BYTES):
    """result/model.safetensors -> OUT, a folder with config.json, tokenizer.json, tokenizer_config.json and the weights."""
    result = folder / "result" / "model.safetensors"
    if not result.exists():
        raise SystemExit(f"{result} is missing: run `python scripts/train train` first")
    state = {name: tensor.to(torch.float16) for name, tensor in load_file(result).items()}
    for name, tensor in state.items():
        if not torch.isfinite(tensor).all():
            raise SystemExit(f"{name} has values that float16 cannot hold")
    out.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(folder / "start" / name, out / name)
    weights = out / "model.safetensors"
    write_whole(weights, lambda path: save_file(state, path, metadata={"format": "pt"}))
    total = sha256_of(weights)
    print(f"{weights}: {weights.stat().st_size} bytes, sha256 {total}")
    if split:
        data = weights.read_bytes()
        parts = [data[at : at + part_bytes] for at in range(0, len(data), part_bytes)]
        for i, part in enumerate(parts):
            (out / f"model.safetensors.{i + 1}-of-{len(parts)}").write_bytes(part)
        (out / "model.safetensors.sha256").write_text(total + "\n")
        weights.unlink()
        print(f"in {len(parts)} parts")


def join(out):
    """The parts in OUT -> OUT/model.safetensors, checked by its hash."""
    parts = sorted(out.glob("model.safetensors.*-of-*"), key=lambda part: int(part.suffix[1:].split("-")[0]))
    expected = parts[0].suffix.split("-")[-1] if parts else "some"
    if str(len(parts)) != expected:
        raise SystemExit(f"{out} has {len(parts)} parts of {expected}")
    data = b"".join(part.read_bytes() for part in parts)
    write_whole(out / "model.safetensors", lambda path: path.write_bytes(data))
    if sha256_of(out / "model.safetensors") != (out / "model.safetensors.sha256").read_text().strip():
        (out / "model.safetensors").unlink()
        raise SystemExit(f"the parts in {out} do not give the hash in model.safetensors.sha256: copy them again")
    print(f"{out / 'model.safetensors'} joined from {len(parts)} parts")
