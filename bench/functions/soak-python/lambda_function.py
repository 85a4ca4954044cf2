import os
import time


def lambda_handler(event, context):
    do = event.get("do", "ok") if "Records" not in event else "ok"
    if do == "error":
        raise ValueError("as wanted")
    if do == "exit":
        os._exit(3)
    if do == "timeout":
        time.sleep(60)
    if do == "memory":
        held = [bytearray(16 << 20) for _ in range(32)]
        return len(held)
    if do == "log":
        for line in range(500):
            print(line, "the quick brown fox jumps over the lazy dog")
    if do == "tmp":
        with open("/tmp/file", "wb") as file:
            file.write(os.urandom(4 << 20))
    if do == "wait":
        time.sleep(0.2)
    if do == "child":
        os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "300")
    return event
