using Pilotlight.Guest;

if (args is [GuestProtocol.TellVersion])
{
    Libc.Write(1, GuestProtocol.Version.ToString(System.Globalization.CultureInfo.InvariantCulture));
    return 0;
}

// Before anything else: code inside runs as the same user, and must neither trace the guest nor open its descriptors.
if (Libc.prctl(Libc.PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || Libc.close_range(3, uint.MaxValue, Libc.CLOSE_RANGE_CLOEXEC) != 0)
    return 71;

var isInit = Libc.getpid() == 1;
if (!isInit)
{
    _ = Libc.prctl(Libc.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    Limits.Lower();
}

var processes = new ChildProcesses();
new Thread(processes.Reap, 64 * 1024) { IsBackground = true }.Start();
processes.Report(GuestProtocol.Ready, (int)GuestProtocol.Version);

var control = new ControlLoop(processes);
var code = control.Run() ? 0 : 70;
if (!isInit)
    processes.KillEverything();
Libc._exit(code);
return code;
