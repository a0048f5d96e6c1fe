"""Step `train`: the student learns the teacher's order of the candidates, and the gold labels.

The loss of a list is the divergence (KL) of the student's softmax from the teacher's and, if there is a gold text, a
cross-entropy on it and a binary one on each candidate. The learning rate rises in the first twentieth of the time and
falls to zero over the rest. The result is the moving average of the weights.

checkpoint.pt (weights, average, optimizer, random state, minutes used) is written every ten minutes; a stopped run
continues from it. When the minutes are used up, result/model.safetensors is written (the average, float32), and a
later run with more minutes starts a new rise and fall from there.
"""

import json
import random
import time

import torch
from safetensors.torch import save_file
from torch.nn import functional

from data import read_questions
from files import write_whole
from lists import Lists
from student import Student
from teacher import Vectors

LISTS = 4  # for each step
RATE = 4e-5  # of the highest layer; the head has twice as much, each lower layer a tenth less
DECAY_OF_LAYER = 0.9
WARM_UP = 0.05
AVERAGE = 0.99
FROZEN = 3  # layers; the embeddings are frozen too
CROSS_ENTROPY, BINARY = 0.25, 0.25
CHECKPOINT_SECONDS = 600
LONGEST_STEP = 120  # seconds; a longer step means that the process was paused, and is not counted


def parameter_groups(model, frozen):
    layers = model.config.num_hidden_layers
    groups = []
    for name, parameter in model.named_parameters():
        layer = int(name.split("encoder.layer.")[1].split(".")[0]) if "encoder.layer." in name else None
        if "embeddings" in name or (layer is not None and layer < frozen):
            parameter.requires_grad_(False)
            continue
        factor = 2.0 if layer is None else DECAY_OF_LAYER ** (layers - 1 - layer)
        groups.append({"params": [parameter], "factor": factor, "weight_decay": 0.01 if parameter.dim() > 1 else 0.0})
    return groups


def loss_of(logits, teacher, gold):
    """Logits of the student and the teacher, [lists, candidates]; gold: which lists have their gold text first."""
    kl = functional.kl_div(logits.log_softmax(1), teacher.softmax(1), reduction="batchmean")
    if not gold.any():
        return kl, kl
    logits, teacher = logits[gold], teacher[gold]
    first = torch.zeros(len(logits), dtype=torch.long, device=logits.device)
    entropy = functional.cross_entropy(logits, first)
    # A candidate that the teacher scores close to the best may answer too: at most half a label.
    labels = torch.exp(teacher - teacher.max(1, keepdim=True).values - 0.7).clamp(max=1) * 0.5
    labels[:, 0] = 1.0
    weights = torch.ones_like(labels)
    weights[:, 0] = labels.shape[1] / 2
    binary = functional.binary_cross_entropy_with_logits(logits, labels, weight=weights)
    return kl + CROSS_ENTROPY * entropy + BINARY * binary, kl


class Run:
    def __init__(self, folder, minutes, device="cpu", seed=1, budget=2600, rate=RATE):
        self.folder, self.minutes, self.budget, self.highest_rate = folder, minutes, budget, rate
        self.checkpoint = folder / "checkpoint.pt"
        self.rng = random.Random(seed)
        torch.manual_seed(seed)
        self.student = Student(folder / "start", device=device)
        self.lists = Lists(read_questions(folder), Vectors(folder / "vectors"))
        self.optimizer = torch.optim.AdamW(parameter_groups(self.student.model, FROZEN), lr=rate, betas=(0.9, 0.98))
        self.trained = {name: p for name, p in self.student.model.named_parameters() if p.requires_grad}
        self.average = {name: p.detach().clone() for name, p in self.trained.items()}
        self.steps, self.used, self.begun, self.smooth = 0, 0.0, 0.0, {}
        if self.checkpoint.exists():
            self.load()

    def load(self):
        state = torch.load(self.checkpoint, map_location=self.student.device, weights_only=False)
        with torch.no_grad():
            for name, tensor in state["weights"].items():
                self.trained[name].copy_(tensor)
        self.average, self.steps, self.used, self.begun = (state[key] for key in ("average", "steps", "used", "begun"))
        self.optimizer.load_state_dict(state["optimizer"])
        self.rng.setstate(state["random"])
        if state["finished"] and self.used < self.minutes * 60:
            self.begun = self.used  # a new rise and fall, from the average
            with torch.no_grad():
                for name, tensor in self.average.items():
                    self.trained[name].copy_(tensor)
        print(f"goes on from step {self.steps}, {self.used / 60:.1f} minutes used", flush=True)

    def save(self, finished=False):
        state = {
            "weights": {name: p.detach() for name, p in self.trained.items()},
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "random": self.rng.getstate(),
            "steps": self.steps,
            "used": self.used,
            "begun": self.begun,
            "finished": finished,
        }
        write_whole(self.checkpoint, lambda path: torch.save(state, path))
        self.write_result()

    def write_result(self):
        state = {name: tensor.detach().cpu() for name, tensor in self.student.model.state_dict().items()}
        state.update({name: tensor.cpu() for name, tensor in self.average.items()})
        (self.folder / "result").mkdir(exist_ok=True)
        state = {name: tensor.contiguous() for name, tensor in state.items()}
        write_whole(self.folder / "result" / "model.safetensors", lambda path: save_file(state, path))

    def rate(self):
        done = (self.used - self.begun) / max(1e-9, self.minutes * 60 - self.begun)
        return self.highest_rate * min(1.0, done / WARM_UP + 0.02, (1 - done) / (1 - WARM_UP))

    def step(self):
        samples = [self.lists.sample(self.rng) for _ in range(LISTS)]
        sequences = [self.student.sequence(s["query"], text) for s in samples for text in s["texts"]]
        logits = self.student.logits(sequences, self.budget).view(len(samples), -1)
        teacher = torch.stack([torch.from_numpy(s["teacher"]) for s in samples]).to(logits)
        gold = torch.tensor([s["gold"] for s in samples], device=logits.device)
        loss, kl = loss_of(logits, teacher, gold)
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate() * group["factor"]
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.trained.values(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.steps += 1
        keep = min(AVERAGE, self.steps / (self.steps + 10))
        for name, parameter in self.trained.items():
            self.average[name].lerp_(parameter.detach(), 1 - keep)
        best = logits.argmax(1)
        return {
            "kl": kl.item(),
            "gold": (best[gold] == 0).float().mean().item() if gold.any() else None,
            "cross": (best[~gold] == teacher[~gold].argmax(1)).float().mean().item() if (~gold).any() else None,
            "tokens": sum(map(len, sequences)),
        }

    def train(self):
        plain, taught = sum(map(len, self.lists.plain.values())), len(self.lists.taught)
        print(f"{plain} questions, {taught} with the teacher's vectors; until {self.minutes} minutes", flush=True)
        if not taught:
            print("warning: no vectors of the teacher, gold labels alone: run `python scripts/train teacher`", flush=True)
        saved = last = time.monotonic()
        while self.used < self.minutes * 60:
            figures = self.step()
            now = time.monotonic()
            seconds, last = min(now - last, LONGEST_STEP), now
            self.used += seconds
            self.report({**figures, "rate": figures["tokens"] / seconds})
            if now - saved > CHECKPOINT_SECONDS:
                saved = now
                self.save()
        self.save(finished=True)
        print(f"done: {self.steps} steps, result/model.safetensors", flush=True)

    def report(self, figures):
        for name, value in figures.items():
            if value is not None:
                self.smooth[name] = value if name not in self.smooth else 0.95 * self.smooth[name] + 0.05 * value
        if self.steps % 10 == 0:
            smooth = {name: float(f"{value:.4g}") for name, value in self.smooth.items()}
            left = self.minutes - self.used / 60
            print(json.dumps({"step": self.steps, **smooth, "lr": f"{self.rate():.1e}", "minutes left": round(left, 1)}), flush=True)
