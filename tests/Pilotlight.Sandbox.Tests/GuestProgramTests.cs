namespace Pilotlight.Sandbox.Tests;

/// <summary>A guest that was not built with the host must not make the platform choose a weaker driver in silence.</summary>
public sealed class GuestProgramTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pilotlight-guest-").FullName;

    [Theory]
    [InlineData("#!/bin/sh\necho 1\n", "(1 instead of ")]
    [InlineData("#!/bin/sh\nexit 70\n", "it is too old to tell")]
    [InlineData("#!/bin/sh\nexec cat >/dev/null\n", "it is too old to tell")]
    public async Task A_guest_of_another_build_is_refused_whatever_driver_is_asked_for(string script, string reason)
    {
        var guest = Path.Combine(_folder, "guest");
        await File.WriteAllTextAsync(guest, script, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(guest, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        foreach (var driver in new[] { "auto", "container", "process" })
        {
            var options = new SandboxOptions { Driver = driver, StateFolder = Path.Combine(_folder, "state"), DiskFolder = Path.Combine(_folder, "disk"), GuestPath = guest };
            var refused = await Assert.ThrowsAsync<SandboxException>(() => SandboxPlatform.OpenAsync(options, TestContext.Current.CancellationToken));
            Assert.Contains("was built from other sources than this server", refused.Message);
            Assert.Contains(reason, refused.Message);
        }

        // Nothing was begun.
        Assert.False(Directory.Exists(Path.Combine(_folder, "state")));
    }

    [Fact]
    public async Task What_is_no_program_is_refused()
    {
        var guest = Path.Combine(_folder, "guest");
        await File.WriteAllTextAsync(guest, "", TestContext.Current.CancellationToken);
        var options = new SandboxOptions { StateFolder = Path.Combine(_folder, "state"), DiskFolder = Path.Combine(_folder, "disk"), GuestPath = guest };
        var refused = await Assert.ThrowsAsync<SandboxException>(() => SandboxPlatform.OpenAsync(options, TestContext.Current.CancellationToken));
        Assert.Contains("does not run", refused.Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
