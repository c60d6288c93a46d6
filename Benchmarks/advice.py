"""Does the advice foretell what growing gains? Each candidate of a trained network is grown alone and
trained for the same steps as the teacher; the decrease of the training loss that it brought is
compared with the scores, in all and per added multiply-add, by Spearman's rank correlation.

    python Benchmarks/advice.py NET2NET TEACHER.onnx --data fashion-mnist --steps 200
"""

import argparse, json, random, shlex, subprocess, tempfile, pathlib


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def loss(net2net, network, arguments, folder):
    output(
        net2net, "train", network, "--data", arguments.data, "--steps", str(arguments.steps),
        "--schedule", "constant", "--learning-rate", str(arguments.rate), "-o", str(folder),
        "--evaluate-every", str(10 * arguments.steps), "--seed", str(arguments.seed))
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    losses = [x["loss"] for x in lines if x["kind"] == "training" and x["step"] > arguments.steps / 2]
    return sum(losses) / len(losses)


def ranks(values):
    order = sorted(range(len(values)), key=values.__getitem__)
    result = [0.0] * len(values)
    for place, index in enumerate(order):
        result[index] = place
    for value in set(values):  # Equal values share their ranks' mean.
        same = [i for i, v in enumerate(values) if v == value]
        mean = sum(result[i] for i in same) / len(same)
        for i in same:
            result[i] = mean
    return result


def correlation(left, right):
    a, b = ranks(left), ranks(right)
    ma, mb = sum(a) / len(a), sum(b) / len(b)
    top = sum((x - ma) * (y - mb) for x, y in zip(a, b))
    bottom = (sum((x - ma) ** 2 for x in a) * sum((y - mb) ** 2 for y in b)) ** 0.5
    return top / bottom if bottom else 0.0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("net2net")
    parser.add_argument("teacher")
    parser.add_argument("--data", default="fashion-mnist")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--damping", nargs="+", default=["0.01", "0.1", "1"])
    arguments = parser.parse_args()

    advice = {
        damping: json.loads(output(
            arguments.net2net, "advise", arguments.teacher, "--data", arguments.data, "--json",
            "--damping", damping))["ranking"]
        for damping in arguments.damping
    }
    candidates = advice[arguments.damping[0]]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        base = loss(arguments.net2net, arguments.teacher, arguments, folder / "teacher")
        print(f"teacher, trained on: {base:.4f}")
        gains = {}
        for number, candidate in enumerate(candidates):
            student = str(folder / f"{number}.onnx")
            words = shlex.split(candidate["command"])
            words = [arguments.net2net] + words[1:] + ["--no-verify"]
            words[words.index("-o") + 1] = student
            output(*words)
            name = candidate["kind"], candidate["name"]
            gains[name] = base - loss(arguments.net2net, student, arguments, folder / str(number))
            print(
                f"{name[0]:6} {name[1]:16} {candidate['addedMultiplyAdds']:>9} "
                + " ".join(
                    f"{next(x for x in advice[d] if (x['kind'], x['name']) == name)['expectedDecrease']:8.4f}"
                    for d in advice)
                + f" measured {gains[name]:8.4f}", flush=True)

    def compare(label, score):
        key = lambda x: (x["kind"], x["name"])
        for per in (True, False):
            cost = lambda x: x["addedMultiplyAdds"] if per else 1
            scores = [score(x) / cost(x) for x in label_ranking]
            measured = [gains[key(x)] / cost(x) for x in label_ranking]
            best = max(range(len(scores)), key=scores.__getitem__)
            place = sorted(measured, reverse=True).index(measured[best]) + 1
            print(
                f"{label:26} {'per multiply-add' if per else 'in all':16} "
                f"rank correlation {correlation(scores, measured):6.2f}, its best is number {place} "
                f"of {len(measured)}")

    for damping, ranking in advice.items():
        label_ranking = ranking
        compare(f"natural expansion, {damping}", lambda x: x["expectedDecrease"])
    label_ranking = candidates
    compare("gradient norm", lambda x: x["squaredGradientNorm"])
    compare("all alike", lambda x: 1.0)
    draw = random.Random(0)
    order = {(x["kind"], x["name"]): draw.random() for x in candidates}
    compare("random", lambda x: order[(x["kind"], x["name"])])


main()
