import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";

import { backOff, LiveSocket, type Connection, type Wire } from "../../src/live/socket";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

class FakeWire implements Wire {
  binaryType: BinaryType = "blob";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: unknown[] = [];
  closed = false;

  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }

  close(): void {
    this.closed = true;
  }

  state(version: number): void {
    this.onmessage?.({ data: JSON.stringify({ type: "execution", version, execution: { version } }) });
  }

  log(log: string, offset: number, text: string, sealed = false): void {
    const head = JSON.stringify(sealed ? { log, offset, sealed } : { log, offset });
    const bytes = encoder.encode(`${head}\n${text}`);
    this.onmessage?.({ data: bytes.buffer });
  }
}

class World {
  readonly wires: FakeWire[] = [];
  readonly timers: { run: () => void; ms: number }[] = [];
  readonly versions: number[] = [];
  readonly text = new Map<string, string>();
  readonly sealed: string[] = [];
  readonly connections: Connection[] = [];
  readonly socket = new LiveSocket(
    {
      state: (frame) => this.versions.push(frame.version),
      times: () => undefined,
      bytes: (log, bytes) => this.text.set(log, (this.text.get(log) ?? "") + decoder.decode(bytes)),
      sealed: (log) => this.sealed.push(log),
      connection: (now) => this.connections.push(now),
    },
    {
      connect: () => {
        const wire = new FakeWire();
        this.wires.push(wire);
        return wire;
      },
      later: (run, ms) => this.timers.push({ run, ms }),
      cancel: () => this.timers.splice(0),
      random: () => 0,
    },
  );

  get wire(): FakeWire {
    return this.wires.at(-1)!;
  }

  reconnect(code = 1006): void {
    this.wire.onclose?.({ code });
    this.timers.shift()!.run();
    this.wire.onopen?.();
  }
}

let world: World;

beforeEach(() => {
  world = new World();
  world.socket.start();
});

describe("state", () => {
  it("only moves forward", () => {
    world.wire.onopen?.();
    for (const version of [3, 2, 3, 5]) world.wire.state(version);
    expect(world.versions).toEqual([3, 5]);
  });

  it("is still newer than the last after a new connection", () => {
    world.wire.state(3);
    world.reconnect();
    world.wire.state(3);
    world.wire.state(4);
    expect(world.versions).toEqual([3, 4]);
  });

  it("survives frames that are none", () => {
    for (const data of ["", "{", "[]", "null", '{"type": "error", "detail": "x"}', new ArrayBuffer(3), 7]) {
      world.wire.onmessage?.({ data });
    }
    expect(world.versions).toEqual([]);
  });
});

describe("a log", () => {
  it("is asked for once the connection is open", () => {
    world.socket.follow("1/0.0", 7);
    expect(world.wire.sent).toEqual([]);
    world.wire.onopen?.();
    expect(world.wire.sent).toEqual([{ type: "follow", log: "1/0.0", offset: 7 }]);
  });

  it("is asked for again, from where it was, on a new connection", () => {
    world.wire.onopen?.();
    world.socket.follow("1/0.0", 0);
    world.wire.log("1/0.0", 0, "hello");
    world.reconnect();
    expect(world.wire.sent).toEqual([{ type: "follow", log: "1/0.0", offset: 5 }]);
  });

  it("drops what it has and keeps the rest of a frame", () => {
    world.wire.onopen?.();
    world.socket.follow("1/0.0", 0);
    world.wire.log("1/0.0", 0, "hello");
    world.wire.log("1/0.0", 3, "lo wo");
    world.wire.log("1/0.0", 0, "hel");
    expect(world.text.get("1/0.0")).toBe("hello wo");
  });

  it("asks once for what is missing", () => {
    world.wire.onopen?.();
    world.socket.follow("1/0.0", 0);
    world.wire.log("1/0.0", 5, "later");
    world.wire.log("1/0.0", 10, "still later");
    expect(world.wire.sent.slice(1)).toEqual([{ type: "follow", log: "1/0.0", offset: 0 }]);
    expect(world.text.size).toBe(0);
  });

  it("ends when it is sealed, and is not asked for again", () => {
    world.wire.onopen?.();
    world.socket.follow("1/0.0", 0);
    world.wire.log("1/0.0", 0, "all", true);
    world.reconnect();
    expect(world.sealed).toEqual(["1/0.0"]);
    expect(world.wire.sent).toEqual([]);
  });

  it("is not sealed by a frame that leaves a gap", () => {
    world.wire.onopen?.();
    world.socket.follow("1/0.0", 0);
    world.wire.log("1/0.0", 4, "", true);
    expect(world.sealed).toEqual([]);
  });

  it("that nobody follows any more is left alone", () => {
    world.wire.onopen?.();
    world.socket.follow("1/0.0", 0);
    world.socket.unfollow("1/0.0");
    world.wire.log("1/0.0", 0, "late");
    expect(world.text.size).toBe(0);
    expect(world.wire.sent.at(-1)).toEqual({ type: "unfollow", log: "1/0.0" });
  });

  it("is whole, whatever the network does to it", () => {
    const whole = "0123456789".repeat(20);
    const deed = fc.oneof(
      fc.record({ from: fc.nat(whole.length), size: fc.nat(40) }),
      fc.constant("reconnect" as const),
    );
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 40 }), (deeds) => {
        const here = new World();
        here.socket.start();
        here.wire.onopen?.();
        here.socket.follow("1/0.0", 0);
        for (const one of deeds) {
          if (one === "reconnect") here.reconnect();
          else here.wire.log("1/0.0", one.from, whole.slice(one.from, one.from + one.size));
          expect(whole.startsWith(here.text.get("1/0.0") ?? "")).toBe(true);
        }
        here.reconnect();
        const { offset } = here.wire.sent.at(-1) as { offset: number };
        here.wire.log("1/0.0", offset, whole.slice(offset), true);
        expect(here.text.get("1/0.0")).toBe(whole);
        expect(here.sealed).toEqual(["1/0.0"]);
      }),
    );
  });
});

describe("the connection", () => {
  it("is tried again, each time later, until something comes", () => {
    const waits = [1, 2, 3].map(() => {
      world.wire.onclose?.({ code: 1006 });
      const { ms, run } = world.timers.shift()!;
      run();
      return ms;
    });
    world.wire.state(1);
    world.wire.onclose?.({ code: 1006 });
    expect([...waits, world.timers[0]!.ms]).toEqual([500, 1000, 2000, 500]);
  });

  it.each([4401, 4403])("is given up when the server refuses it with %i", (code) => {
    world.wire.onclose?.({ code });
    world.socket.retryNow();
    expect([world.timers.length, world.wires.length, world.connections.at(-1)]).toEqual([0, 1, "refused"]);
  });

  it("does not wait when told not to", () => {
    world.wire.onclose?.({ code: 1006 });
    world.socket.retryNow();
    expect([world.timers.length, world.wires.length]).toEqual([0, 2]);
  });

  it("is closed for good by stopping", () => {
    const { wire } = world;
    world.socket.stop();
    expect([wire.closed, wire.onclose]).toEqual([true, null]);
  });

  it("never waits longer than fifteen seconds", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.double({ min: 0, max: 1, noNaN: true }), (tries, random) => {
        const wait = backOff(tries, random);
        expect(wait).toBeGreaterThanOrEqual(250);
        expect(wait).toBeLessThanOrEqual(15_000);
      }),
    );
  });
});
