"""Fine-tune Tesseract's Vietnamese model on rendered administrative papers (docs/training.md).

`python -m training all` does the five steps that the shipped model was made with; each can be had alone:

    float     the model as one that training can go on from
    lines     lines to train on, and held-out ones of other texts and fonts
    train     lstmtraining, in this terminal; `--start` and `--name` for a further round at another rate
    export    a checkpoint as an integer model
    measure   models compared on real and rendered pages
"""

import argparse
from pathlib import Path

from training import measure, recipe
from training.corpus import DATA

DEBIAN_MODEL = Path("/usr/share/tesseract-ocr/5/tessdata/vie.traineddata")
OUT = Path("var/training")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("all", "float", "lines", "train", "export"):
        command = commands.add_parser(name)
        command.add_argument("--out", type=Path, default=OUT, help="the folder of all steps")
        if name in {"all", "float", "lines"}:
            command.add_argument("--model", type=Path, default=DEBIAN_MODEL, help="the model to start from")
        if name in {"all", "lines"}:
            command.add_argument("--data", type=Path, default=DATA, help="the folder of the real texts")
            command.add_argument("--count", type=int, default=30_000, help="of lines to train on")
            command.add_argument("--seed", type=int, default=2, help="another one gives other lines")
        if name == "train":
            command.add_argument("--iterations", type=int, required=True)
            command.add_argument("--rate", type=float, required=True, help="learning rate")
            command.add_argument("--start", type=Path, required=True, help="a checkpoint or float network")
            command.add_argument("--name", default="tuned", help="of the checkpoints")
        if name == "export":
            command.add_argument("--checkpoint", type=Path, required=True)
        if name in {"all", "export"}:
            command.add_argument("--to", type=Path, required=True, help="the traineddata to write")
    command = commands.add_parser("measure")
    command.add_argument("--models", required=True, help="with commas; `a+b` reads with both")
    command.add_argument("--folder", type=Path, required=True, help="folder that holds all of them")
    command.add_argument("--sets", help="with commas; default all that are there")
    command.add_argument("--scanflow", action="store_true", help="the whole line instead of bare recognition")
    _run(parser.parse_args())


def _run(options: argparse.Namespace) -> None:
    if options.command in {"all", "float"}:
        recipe.make_float(options.model, options.out)
    if options.command in {"all", "lines"}:
        recipe.make_lines(options.model, options.data, options.out, options.count, options.seed)
    match options.command:
        case "all":
            recipe.export(options.out, recipe.train_rounds(options.out), options.to)
        case "train":
            part = recipe.Round(options.name, options.iterations, options.rate)
            recipe.train(options.out, part, options.start)
        case "export":
            recipe.export(options.out, options.checkpoint, options.to)
        case "measure":
            names = options.models.split(",")
            measure.report(
                names,
                options.folder,
                options.sets.split(",") if options.sets else None,
                whole_line=options.scanflow,
            )


if __name__ == "__main__":
    main()
