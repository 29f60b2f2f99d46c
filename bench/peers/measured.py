"""Runs a command and prints, as a last line of JSON, what it and its children took: python measured.py COMMAND..."""
import json, os, subprocess, sys, time

started = time.time()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
said = child.stdout.read()
_, status, used = os.wait4(child.pid, 0)
code = os.waitstatus_to_exitcode(status)
print(json.dumps({
    "exitCode": code,
    "seconds": time.time() - started,
    "cpuSeconds": used.ru_utime + used.ru_stime,
    "peakMb": used.ru_maxrss / 1024,
    "said": said[-2000:],
}))
