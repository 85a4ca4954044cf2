namespace Pilotlight.Sandbox;

/// <summary>
/// The library's front door: claims an instance folder, clears what dead instances left, and opens the best driver for this machine.
/// </summary>
public static class SandboxPlatform
{
    /// <summary>Opens the driver named by the options; <c>auto</c> takes the container driver where it works, else the process driver.</summary>
    /// <exception cref="SandboxException">
    /// The guest was not built with this server, or the driver asked for by name does not work here; the message says why and what mends it.
    /// </exception>
    public static async Task<ISandboxDriver> OpenAsync(SandboxOptions options, CancellationToken cancellation)
    {
        if (options.Driver is not ("auto" or "container" or "process"))
            throw new SandboxException($"there is no sandbox driver '{options.Driver}': Sandbox:Driver is auto, container or process");
        if (!File.Exists(options.GuestPath))
            throw new SandboxException($"the guest is missing at '{options.GuestPath}': dotnet publish src/Pilotlight.Guest -c Release -r linux-x64");
        await GuestProgram.CheckAsync(options.GuestPath, cancellation);

        var time = TimeProvider.System;
        var layout = ControlGroupLayout.Read();
        var instance = await Instance.ClaimAsync(options, layout, time, cancellation);
        try
        {
            if (options.Driver == "process")
                return new ProcessDriver(instance, layout, options.GuestPath, time, []);
            var failures = new List<string>();
            if (await TryOpenContainersAsync(options, instance, layout, time, failures, cancellation) is { } containers)
                return containers;
            if (options.Driver == "container")
                throw new SandboxException(string.Join(" ", failures));
            return new ProcessDriver(instance, layout, options.GuestPath, time, failures);
        }
        catch
        {
            instance.Remove();
            throw;
        }
    }

    static async Task<ISandboxDriver?> TryOpenContainersAsync(
        SandboxOptions options, Instance instance, ControlGroupLayout layout, TimeProvider time, List<string> failures, CancellationToken cancellation)
    {
        if (!Posix.IsRoot)
            failures.Add("Containers need root: start the server as root.");
        else if (!layout.IsUsable)
            failures.Add($"Containers need control groups for memory, pids and freezing; here: {layout}. Mount /sys/fs/cgroup (version 2).");
        else if (OciRuntime.Find(options.Runtime) is not { Count: > 0 } runtimes)
            failures.Add($"No OCI runtime was found for '{options.Runtime}': apt-get install crun.");
        else
        {
            foreach (var runtime in runtimes)
            {
                try
                {
                    return await ContainerDriver.OpenAsync(instance, runtime, options, layout, time, failures, cancellation);
                }
                catch (Exception e) when (e is SandboxException or IOException or UnauthorizedAccessException)
                {
                    failures.Add($"{runtime} does not work here: {e.Message}.");
                }
            }
        }
        return null;
    }

    /// <summary>What this machine can and cannot do, one line each, for <c>doctor</c>.</summary>
    public static Task<IReadOnlyList<SandboxCheck>> ExamineAsync(SandboxOptions options, CancellationToken cancellation) =>
        Examination.RunAsync(options, cancellation);
}

/// <summary>One ability of the machine. <c>Remedy</c> is the command that mends it, or null.</summary>
public sealed record SandboxCheck(string Name, bool Available, string Detail, string? Remedy);
