using System.Globalization;
using Pilotlight.Guest;

namespace Pilotlight.Sandbox;

/// <summary>The program that is the first process of every sandbox. It must have been built from the same sources as this host.</summary>
static class GuestProgram
{
    static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(20);

    /// <summary>Asks it what it was built from. No driver could do anything with another, and none must be taken instead of one that would work.</summary>
    /// <exception cref="SandboxException">It is another, or does not run here.</exception>
    public static async Task CheckAsync(string path, CancellationToken cancellation)
    {
        var version = await AskAsync(path, cancellation);
        if (version != GuestProtocol.Version.ToString(CultureInfo.InvariantCulture))
            throw new SandboxException(
                $"the guest at '{path}' was built from other sources than this server ({(version.Length == 0 ? "it is too old to tell" : version)}"
                + $" instead of {GuestProtocol.Version}): build both again with ./pilotlight version, or dotnet publish src/Pilotlight.Guest -c Release -r linux-x64");
    }

    static async Task<string> AskAsync(string path, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(LongestAnswer);
        try
        {
            return (await SystemTool.RunAsync(Path.GetFullPath(path), [GuestProtocol.TellVersion], "", limit.Token)).Trim();
        }
        catch (SandboxException)
        {
            // One from before the question ends at once: it finds no host to talk to.
            return "";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return "";
        }
        catch (System.ComponentModel.Win32Exception refused)
        {
            throw new SandboxException($"the guest at '{path}' does not run: {refused.Message}", refused);
        }
    }
}
