using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pilotlight.Identities;
using Pilotlight.Sandbox;

namespace Pilotlight.Testing;

/// <summary>The whole platform in the test's process, on a free loopback port, with a data folder of its own.</summary>
public sealed class PilotlightServer : IAsyncDisposable
{
    PilotlightServer(Platform platform, string dataFolder) => (Platform, DataFolder) = (platform, dataFolder);

    public Platform Platform { get; }

    public string DataFolder { get; }

    public Uri Endpoint => Platform.Endpoint;

    /// <summary>A client that signs with <c>test</c>/<c>test</c> for <c>us-east-1</c>.</summary>
    public SignedClient Client => new(Endpoint);

    /// <param name="sandbox">Null for the real driver of this machine.</param>
    /// <param name="dataFolder">Null for a new one, removed at the end.</param>
    public static async Task<PilotlightServer> StartAsync(
        ISandboxDriver? sandbox = null, Action<IServiceCollection>? services = null, Action<PlatformOptions>? configure = null,
        string? dataFolder = null, RolesAtStart roles = RolesAtStart.ForFunctions)
    {
        var options = new PlatformOptions();
        options.Server.Port = 0;
        options.Server.DataFolder = dataFolder ?? Path.Combine(Path.GetTempPath(), $"pilotlight-test-{Guid.NewGuid():n}");
        options.Server.TemporaryData = dataFolder is null;
        options.Server.LogLevel = LogLevel.Warning;
        configure?.Invoke(options);
        if (sandbox is not null && options.Runtimes.Folder.Length == 0)
            options.Runtimes.Folder = EmptyRuntimes(options.Server.DataFolder);
        var platform = await Platform.StartAsync(options, CancellationToken.None, services, sandbox);
        if (roles == RolesAtStart.ForFunctions)
            await TestRoles.PutAsync(platform.Services.GetRequiredService<AccountCatalog>(), "000000000000");
        return new PilotlightServer(platform, options.Server.DataFolder);
    }

    /// <summary>A stand-in sandbox runs no runtime client, so the tests need none to be built.</summary>
    static string EmptyRuntimes(string dataFolder)
    {
        var folder = Path.Combine(dataFolder, "runtimes");
        foreach (var language in new[] { "python", "nodejs", "ruby", "java", "dotnet" })
            Directory.CreateDirectory(Path.Combine(folder, language));
        return folder;
    }

    public ValueTask DisposeAsync() => Platform.DisposeAsync();
}
