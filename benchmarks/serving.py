"""What `nijigen serve` gives 32 clients at once, beside what the bare engine gives in the same run.

    python benchmarks/serving.py                                  # chibi, 32 clients, 60 s
    python benchmarks/serving.py --model chibi-tiny --seconds 10 --clients 8 --counts 1
    python benchmarks/serving.py --json > serving.json

A real server process listens on loopback. Each client has an address of its own (127.0.1.1, 127.0.1.2, …), as the
queue is fair between addresses, keeps one connection, and asks for the next avatars as soon as it has the last ones:
one PNG, or a ZIP of four, in turn. In turns with that the bare engine makes avatars in this process, in batches of 16,
certificates included, once without files and once with their PNG: bare, served, bare. Clients and server share the
machine's cores, as on one's own computer; how much of a core the clients took is told.

A forward is shared where an avatar's certificate names a larger batch than its request asked for; for requests of four
that is the least it can be. After the clock has stopped every picture that was served is read again and held to its
certificate.
"""

import argparse
import asyncio
import io
import json
import statistics
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

from clients import Answer, Load, Served, press

from nijigen.engine.model import Model, load
from nijigen.provenance.statement import UNCHANGED, read_statement

BATCH = 16


def main() -> None:
    """Bare, served, bare; then the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="chibi")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60.0, help="of pressing; half as long for each bare turn")
    parser.add_argument("--counts", default="1,4", help="avatars of a request; a client asks for each in turn")
    parser.add_argument("--threads", type=int, help="of server and bare engine; by default as nijigen chooses")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    counts = [int(count) for count in given.counts.split(",")]
    facts = asyncio.run(measured(given.model, given.clients, given.seconds, counts, given.threads))
    print(json.dumps(facts, indent=2) if given.json else "\n".join(table(facts)))
    if facts["errors"] or facts["not_as_stated"] or facts["exit_code"]:
        raise SystemExit(1)


async def measured(model: str, clients: int, seconds: float, counts: list[int], threads: int | None) -> dict[str, Any]:
    """Everything of one run."""
    engine = load(model, threads=threads)
    bare(engine, 1.0, files=False)  # the first batches of an engine are slower
    server = Served(model, threads)
    try:
        began = await server.begin()
        await press(server.port, clients, 2.0, counts)
        before = {"engine": bare(engine, seconds / 4, False), "files": bare(engine, seconds / 4, True)}
        worked = server.work
        pressed = await press(server.port, clients, seconds, counts)
        worked, memory = server.work - worked, server.memory
        after = {"engine": bare(engine, seconds / 4, False), "files": bare(engine, seconds / 4, True)}
    finally:
        code, said = server.end()
    images = sum(answer.count for answer in pressed.good)
    return {
        "model": engine.name,
        "clients": clients,
        "seconds": round(pressed.seconds, 1),
        "requests": len(pressed.answers),
        "errors": len(pressed.answers) - len(pressed.good),
        "problems": Counter(answer.problem or str(answer.status) for answer in pressed.answers if answer.status != 200),
        "images_a_second": round(images / pressed.seconds, 1),
        "bare_images_a_second": [round(turn["engine"], 1) for turn in (before, after)],
        "bare_with_files_a_second": [round(turn["files"], 1) for turn in (before, after)],
        "latency": {str(count): latency(pressed, [count]) for count in sorted(set(counts))},
        "latency_of_all": latency(pressed, counts),
        "server_began_after_s": round(began, 1),
        "server_memory_mb": round(memory / 1e6),
        "server_cores": round(worked / pressed.seconds, 2),
        "client_cores": round(pressed.client_seconds / pressed.seconds, 2),
        "exit_code": code,
        "said": said[:2000],
        **judged(pressed),
    }


def latency(pressed: Load, counts: list[int]) -> dict[str, float]:
    """Milliseconds from asking to the last byte: median, 95th percentile, longest."""
    times = sorted(1000 * answer.seconds for answer in pressed.good if answer.count in counts)
    if len(times) < 2:
        return {}
    hundredths = statistics.quantiles(times, n=100, method="inclusive")
    return {"p50_ms": round(hundredths[49], 1), "p95_ms": round(hundredths[94], 1), "longest_ms": round(times[-1], 1)}


def table(facts: dict[str, Any]) -> list[str]:
    """The facts for people."""
    bare_each = [f"{value:,.0f}" for value in facts["bare_images_a_second"]]
    files_each = [f"{value:,.0f}" for value in facts["bare_with_files_a_second"]]
    share = facts["images_a_second"] / statistics.mean(facts["bare_with_files_a_second"])
    lines = [
        f"{facts['clients']} clients for {facts['seconds']:g} s, model {facts['model']}: "
        f"{facts['requests']:,} requests, {facts['errors']} errors, {facts['not_as_stated']} pictures not as stated",
        f"images a second: {facts['images_a_second']:,.0f} served; bare engine {' and '.join(bare_each)}, "
        f"with PNG files {' and '.join(files_each)} (before and after); served is {share:.0%} of the latter",
    ]
    rows = {**{f"{count} avatars": row for count, row in facts["latency"].items()}, "all": facts["latency_of_all"]}
    lines += [
        f"latency of {name}: p50 {row['p50_ms']:,.0f} ms, p95 {row['p95_ms']:,.0f} ms, "
        f"longest {row['longest_ms']:,.0f} ms"
        for name, row in rows.items()
        if row
    ]
    lines += [
        f"forwards: {facts['forwards']:,} with {facts['rows_a_forward']} rows in the mean; at least "
        f"{facts['images_in_shared_forwards']:.0%} of the images came from forwards of several requests",
        f"engines: {', '.join(f'{name} ({images:,})' for name, images in facts['engines'].items())}",
        f"server: {facts['server_cores']} cores, {facts['server_memory_mb']:,} MB, "
        f"at work {facts['server_began_after_s']} s after its start, exit code {facts['exit_code']}; "
        f"clients: {facts['client_cores']} cores",
    ]
    lines += [f"{times} times: {problem}" for problem, times in facts["problems"].items()]
    return lines + ([f"the server said: {facts['said']}"] if facts["said"] else [])


def bare(model: Model, seconds: float, files: bool) -> float:
    """Images a second of the engine alone, in batches of 16; with ``files`` each is encoded as PNG as well."""
    made, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds:
        avatars = model.generate(BATCH, seed=made, batch=BATCH)
        if files:
            for avatar in avatars:
                avatar.png()
        made += BATCH
    return made / passed


def pictures(answer: Answer) -> Iterator[bytes]:
    """The files of an answer."""
    if answer.count == 1:
        yield answer.body
        return
    with zipfile.ZipFile(io.BytesIO(answer.body)) as packed:
        for name in packed.namelist():
            yield packed.read(name)


def judged(load: Load) -> dict[str, Any]:
    """Batches and engines by the certificates of everything that was served, and what is not as it states."""
    batches: Counter[int] = Counter()
    engines: Counter[str] = Counter()
    shared, wrong = 0, 0
    for answer in load.good:
        files = list(pictures(answer))
        wrong += len(files) != answer.count
        for data in files:
            said = read_statement(data, "served")
            wrong += said.pixels != UNCHANGED or not said.stands
            batch = int(said.certificate.get("batch", 1))
            batches[batch] += 1
            engines[str(said.certificate.get("engine"))] += 1
            shared += batch > answer.count
    made = sum(batches.values())
    forwards = sum(images / batch for batch, images in batches.items())
    return {
        "not_as_stated": wrong,
        "engines": dict(engines),
        "forwards": round(forwards),
        "rows_a_forward": round(made / forwards, 2) if forwards else 0.0,
        "images_in_shared_forwards": round(shared / made, 4) if made else 0.0,
        "batches": {str(batch): images for batch, images in sorted(batches.items())},
    }


if __name__ == "__main__":
    main()
