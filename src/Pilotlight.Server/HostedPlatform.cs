using Pilotlight.Authorization;
using Pilotlight.Cli;
using Pilotlight.Environments;
using Pilotlight.Sandbox;
using Pilotlight.Storage;
using RuntimeMatch = Pilotlight.Cli.RuntimeMatch;

namespace Pilotlight;

/// <summary>What the command line gets of the platform when both are one executable.</summary>
static class HostedPlatform
{
    public static CliHost CliHost { get; } = new()
    {
        Up = UpAsync,
        StartPrivate = StartPrivateAsync,
        Doctor = ExamineAsync,
        Runtimes = _ => Task.FromResult(Offers()),
    };

    static async Task<int> UpAsync(UpOptions flags, CancellationToken cancellation)
    {
        var options = PlatformConfiguration.Load();
        options.Server.Port = flags.Port ?? options.Server.Port;
        options.Server.Host = flags.Host ?? options.Server.Host;
        options.Server.DataFolder = flags.DataFolder ?? options.Server.DataFolder;
        if (flags.IamMode is { } mode)
            options.Iam.Mode = Enum.Parse<IamMode>(mode, ignoreCase: true);
        Platform platform;
        try
        {
            platform = await Platform.StartAsync(options, cancellation);
        }
        catch (Exception refused) when (refused is SandboxException or IOException or FormatException or InvalidOperationException)
        {
            await Console.Error.WriteLineAsync($"pilotlight: {refused.Message}");
            return 3;
        }

        await using (platform)
        {
            foreach (var limitation in platform.Driver.Limitations)
                await Console.Error.WriteLineAsync($"note: {limitation}");
            if (platform.NewRootKey is { } key)
                await Console.Error.WriteLineAsync($"root key (shown once): AWS_ACCESS_KEY_ID={key.AccessKeyId} AWS_SECRET_ACCESS_KEY={key.SecretAccessKey}");
            await SayWhatHoldsBeyondLoopbackAsync(platform, options);
            Console.WriteLine($"ready {platform.Endpoint.ToString().TrimEnd('/')} (sandbox: {platform.Driver.Name}, data: {options.Server.DataFolder})");
            await Console.Out.FlushAsync(CancellationToken.None);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return 0;
    }

    /// <summary>What an address that others reach changes: nobody should have to read it up after the fact.</summary>
    static async Task SayWhatHoldsBeyondLoopbackAsync(Platform platform, PlatformOptions options)
    {
        if (Platform.IsLoopback(options.Server.Host))
            return;
        var say = Console.Error;
        await say.WriteLineAsync($"note: bound to {options.Server.Host}: others reach this platform. The key test/test and reset do not exist here; root has a key of its own.");
        if (platform.GeneratedCertificate is { } file)
            await say.WriteLineAsync($"note: TLS with a certificate made here. Clients trust it with AWS_CA_BUNDLE={Path.GetFullPath(file)}; Server:Certificate names one of yours.");
        else if (platform.Endpoint.Scheme == "http")
            await say.WriteLineAsync("note: Server:Certificate is none: requests and answers cross the network in clear. Only behind a TLS proxy.");
        if (options.Iam.Mode == IamMode.Audit)
            await say.WriteLineAsync("note: Iam:Mode is audit: whoever can sign may do anything.");
    }

    static async Task<PrivatePlatform> StartPrivateAsync(CancellationToken cancellation)
    {
        var options = PlatformConfiguration.Load();
        options.Server.Port = 0;
        options.Server.Host = "127.0.0.1";
        options.Server.Certificate = ServerCertificate.None;
        options.Server.DataFolder = Path.Combine(Path.GetTempPath(), $"pilotlight-{Guid.NewGuid():n}");
        options.Server.TemporaryData = true;
        options.Server.LogLevel = LogLevel.Warning;
        var platform = await Platform.StartAsync(options, cancellation);
        return new PrivatePlatform(platform.Endpoint, platform.DisposeAsync);
    }

    static async Task<IReadOnlyList<DoctorCheck>> ExamineAsync(CancellationToken cancellation)
    {
        var options = PlatformConfiguration.Load();
        var checks = await SandboxPlatform.ExamineAsync(Platform.SandboxOptionsOf(options, new DataFolder(options.Server.DataFolder)), cancellation);
        List<DoctorCheck> all =
        [
            .. checks.Select(check => new DoctorCheck(
                check.Name, check.Available ? DoctorOutcome.Good : DoctorOutcome.Limited, check.Detail, check.Remedy)),
        ];
        foreach (var language in Enum.GetValues<RuntimeLanguage>().Where(language => language != RuntimeLanguage.Provided))
            all.Add(RuntimeCheck(language, options));
        return all;
    }

    static DoctorCheck RuntimeCheck(RuntimeLanguage language, PlatformOptions options)
    {
        var name = $"runtime {RuntimeLaunch.FolderOf(language)}";
        var found = new RuntimeCatalog().Interpreters.Where(interpreter => interpreter.Language == language).ToList();
        if (found.Count == 0)
            return new DoctorCheck(name, DoctorOutcome.Limited, "not installed", $"apt-get install {Packages(language)}");
        var folder = Path.Combine(options.Runtimes.Folder.Length > 0 ? options.Runtimes.Folder : InstallationPaths.Runtimes, RuntimeLaunch.FolderOf(language));
        var versions = string.Join(", ", found.Select(interpreter => $"{interpreter.Version} ({interpreter.Path})"));
        return Directory.Exists(folder)
            ? new DoctorCheck(name, DoctorOutcome.Good, versions)
            : new DoctorCheck(name, DoctorOutcome.Limited, $"{versions}, but its runtime client is not built", "./pilotlight runtime list");
    }

    static string Packages(RuntimeLanguage language) => language switch
    {
        RuntimeLanguage.Python => "python3 python3-boto3",
        RuntimeLanguage.Node => "nodejs npm",
        RuntimeLanguage.Ruby => "ruby ruby-aws-sdk",
        RuntimeLanguage.Java => "openjdk-17-jdk-headless",
        _ => "dotnet-sdk-10.0",
    };

    static IReadOnlyList<RuntimeOffer> Offers()
    {
        var catalog = new RuntimeCatalog();
        return
        [
            .. RuntimeCatalog.Identifiers.Select(identifier => catalog.Find(identifier) switch
            {
                { Language: RuntimeLanguage.Provided } => new RuntimeOffer(identifier, RuntimeMatch.Exact),
                { Interpreter: { } interpreter } match => new RuntimeOffer(
                    identifier, match.IsExact ? RuntimeMatch.Exact : RuntimeMatch.Nearest, interpreter.Version.ToString(), interpreter.Path),
                _ => new RuntimeOffer(identifier, RuntimeMatch.Missing),
            }),
        ];
    }
}
