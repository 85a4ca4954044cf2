namespace Pilotlight.Sandbox.Tests;

/// <summary>What this executable does as a child of the recovery tests: it holds sandboxes until it is killed.</summary>
static class SandboxHolder
{
    public const string Argument = "--hold-sandboxes";

    /// <summary>In the command line of every process that it starts.</summary>
    public static string Word => "98761234";

    public static async Task<int> RunAsync(string driverName, string state, string disk)
    {
        var driver = await SandboxPlatform.OpenAsync(
            new() { Driver = driverName, StateFolder = state, DiskFolder = disk, GuestPath = GuestExecutable.Path }, CancellationToken.None);
        for (var i = 0; i < 3; i++)
        {
            var sandbox = await driver.CreateAsync(
                new() { Id = $"held{i}", MemoryBytes = 64 << 20, CpuWeightMillicores = 100, TemporaryStorageBytes = 16 << 20 }, CancellationToken.None);
            await sandbox.StartAsync(
                new()
                {
                    Path = "/bin/sleep",
                    Arguments = ["sleep", Word],
                    Environment = new Dictionary<string, string>(),
                    WorkingDirectory = "/",
                },
                CancellationToken.None);
            // A frozen one cannot even notice that its host has gone.
            if (i == 1)
                sandbox.Freeze();
        }
        Console.WriteLine("holding");
        await Task.Delay(Timeout.Infinite);
        return 0;
    }
}
