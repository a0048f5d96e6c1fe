"""Makes the embedded model: python scripts/train STEP --work-dir FOLDER. README.md in this folder explains it."""

import argparse
import os
import shutil
from pathlib import Path

WEIGHTS = Path(__file__).resolve().parents[2] / "weights" / "mini-en-zh"


def arguments():
    parser = argparse.ArgumentParser(prog="python scripts/train", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")

    def step(name, text):
        sub = steps.add_parser(name, help=text)
        sub.add_argument("--work-dir", type=Path, required=True, help="folder of the data, the starting weights, checkpoints and the result")
        return sub

    data = step("data", "training pairs -> questions.jsonl, heldout.jsonl")
    data.add_argument("--pairs", type=Path, help="pairs.jsonl.xz, copied into the work folder")
    data.add_argument("--questions", type=int, default=24000)
    teacher = step("teacher", "vectors of the teacher for the questions and their texts")
    teacher.add_argument("--questions", type=int, default=24000, help="number of questions, from the first")
    train = step("train", "trains for --minutes, or continues a run that was stopped")
    train.add_argument("--minutes", type=float, required=True, help="in total, including earlier runs in this folder")
    train.add_argument("--device", default="cpu", help="cpu or cuda")
    train.add_argument("--seed", type=int, default=1)
    train.add_argument("--batch-tokens", type=int, default=2600, help="tokens in one forward pass")
    evaluate = step("evaluate", "BM25, the teacher and weights on the held-out questions")
    evaluate.add_argument("--weights", nargs="*", default=[], metavar="NAME=FILE", help="in addition to the starting weights")
    evaluate.add_argument("--count", type=int, default=60, help="questions of each language")
    evaluate.add_argument("--candidates", type=int, default=10)
    evaluate.add_argument("--no-teacher", action="store_true")
    evaluate.add_argument("--device", default="cpu")
    export = step("export", "the result in float16, as a folder that tfjs-reranker reads")
    export.add_argument("--out", type=Path, required=True)
    export.add_argument("--split", action="store_true", help="the weights in parts of at most 15 MB")
    join = steps.add_parser("join", help="puts such parts together again")
    join.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


def copy_start(work):
    """Copies the committed weights if the folder has no starting weights."""
    start = work / "start"
    if not (start / "model.safetensors").exists():
        if not WEIGHTS.exists():
            raise SystemExit(f"{start} is missing, and there is no {WEIGHTS} to copy it from")
        start.mkdir(parents=True, exist_ok=True)
        for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"):
            shutil.copyfile(WEIGHTS / name, start / name)


def main():
    args = arguments()
    if args.step == "join":
        from export import join

        return join(args.out)
    work = args.work_dir
    work.mkdir(parents=True, exist_ok=True)
    copy_start(work)
    if args.step == "data":
        from data import PAIRS, make_questions

        if args.pairs:
            shutil.copyfile(args.pairs, work / PAIRS)
        make_questions(work, args.questions)
    elif args.step == "teacher":
        from teacher import make_vectors

        make_vectors(work, args.questions)
    elif args.step == "train":
        from train import Run

        (work / "pid").write_text(f"{os.getpid()}\n")
        Run(work, args.minutes, args.device, args.seed, args.batch_tokens).train()
    elif args.step == "evaluate":
        from evaluate import evaluate

        weights = {"start": work / "start" / "model.safetensors"}
        weights.update((name, Path(path)) for name, path in (pair.split("=", 1) for pair in args.weights))
        evaluate(work, weights, args.count, args.candidates, not args.no_teacher, args.device)
    elif args.step == "export":
        from export import export

        export(work, args.out, args.split)


if __name__ == "__main__":
    main()
