using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Pilotlight.Testing;

namespace Pilotlight.Load;

/// <summary>A name, a value, and what it is held against.</summary>
sealed record Figure(string Name, double Value, string Unit, double? Floor, string Target)
{
    public double? Ratio => Floor is { } floor ? Value / floor : null;
}

/// <summary>The real platform in a process of its own, as a user starts it.</summary>
sealed class Product : IAsyncDisposable
{
    readonly Process _process;
    readonly string _data;
    readonly bool _keepData;

    string? _stateFolder;

    Product(Process process, string data, bool keepData, int port, TimeSpan ready) =>
        (_process, _data, _keepData, Port, Ready) = (process, data, keepData, port, ready);

    public int Port { get; }

    /// <summary>From the start of the launcher to its line <c>ready</c>.</summary>
    public TimeSpan Ready { get; }

    /// <summary>The process of the platform itself.</summary>
    public int ProcessId => Descendant(_process.Id);

    public long ResidentBytes
    {
        get
        {
            var line = File.ReadLines($"/proc/{ProcessId}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return long.Parse(line["VmRSS:".Length..].Replace("kB", "").Trim()) * 1024;
        }
    }

    public SignedClient Client => new(new Uri($"http://127.0.0.1:{Port}"));

    /// <param name="keptData">A data folder that outlives this start; null for one of its own.</param>
    /// <param name="settings">Names as environment variables have them: <c>Stems__Enabled</c>.</param>
    public static async Task<Product> StartAsync(string? keptData = null, params (string Name, string Value)[] settings)
    {
        var port = FreePort();
        var data = keptData ?? Path.Combine(Path.GetTempPath(), $"pilotlight-bench-{Guid.NewGuid():n}");
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "pilotlight"), ["up", "--port", $"{port}", "--data", data])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PILOTLIGHT__Server__LogLevel"] = "Warning";
        foreach (var (name, value) in settings)
            start.Environment[$"PILOTLIGHT__{name}"] = value;
        var stopwatch = Stopwatch.GetTimestamp();
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null)
                Console.Error.WriteLine($"  | {line.Data}");
        };
        process.BeginErrorReadLine();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("ready", StringComparison.Ordinal))
            {
                return new Product(process, data, keptData is not null, port, Stopwatch.GetElapsedTime(stopwatch))
                {
                    _stateFolder = settings.FirstOrDefault(static setting => setting.Name == "Sandbox__StateFolder").Value,
                };
            }
        }

        throw new InvalidOperationException("The platform did not start.");
    }

    /// <summary>Lets the functions poll queues.</summary>
    public async Task AllowQueuesAsync()
    {
        await ExecutionRole.MakeAsync(Client, "bench");
        using var attached = await Client.SendAsync(
            "iam", HttpMethod.Post, "/",
            Encoding.ASCII.GetBytes($"Action=AttachRolePolicy&RoleName=bench&PolicyArn={Uri.EscapeDataString("arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole")}&Version=2010-05-08"),
            ("Content-Type", "application/x-www-form-urlencoded"));
    }

    /// <summary>The package of a folder, with perhaps a few texts more.</summary>
    public static byte[] Zip(string folder, params (string Name, string Text)[] texts)
    {
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            {
                var entry = archive.CreateEntryFromFile(file, Path.GetRelativePath(folder, file));
                entry.ExternalAttributes = ((int)File.GetUnixFileMode(file) | 0x8000) << 16;
            }

            foreach (var (name, text) in texts)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return zip.ToArray();
    }

    /// <summary>Creates a function from a folder and waits until it is active.</summary>
    public async Task CreateAsync(string name, string folder, string runtime, string handler, int memory = 256, int timeoutSeconds = 30)
    {
        var json = $$$"""
            {"FunctionName":"{{{name}}}","Runtime":"{{{runtime}}}","Handler":"{{{handler}}}","Role":"arn:aws:iam::000000000000:role/bench",
             "MemorySize":{{{memory}}},"Timeout":{{{timeoutSeconds}}},"Code":{"ZipFile":"{{{Convert.ToBase64String(Zip(folder))}}}"}}
            """;
        await ExecutionRole.MakeAsync(Client, "bench");
        using var created = await Client.LambdaAsync(HttpMethod.Post, "/2015-03-31/functions", json);
        if (!created.IsSuccessStatusCode)
            throw new InvalidOperationException(await created.Content.ReadAsStringAsync());
        while (true)
        {
            using var state = await Client.LambdaAsync(HttpMethod.Get, $"/2015-03-31/functions/{name}/configuration");
            var text = await state.Content.ReadAsStringAsync();
            if (text.Contains("\"State\":\"Active\"", StringComparison.Ordinal))
                return;
            if (text.Contains("\"State\":\"Failed\"", StringComparison.Ordinal))
                throw new InvalidOperationException(text);
            await Task.Delay(5);
        }
    }

    /// <summary>The sum of a metric over its labels.</summary>
    public async Task<double> MetricAsync(string name)
    {
        using var http = new HttpClient();
        var text = await http.GetStringAsync(new Uri($"http://127.0.0.1:{Port}/_pilotlight/metrics"));
        return text.Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is ' ' or '{')
            .Sum(static line => double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture));
    }

    /// <summary>Waits until as many stems of every kind are ready as are wanted.</summary>
    public async Task StemsReadyAsync()
    {
        using var http = new HttpClient();
        for (var i = 0; i < 500; i++)
        {
            using var list = JsonDocument.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{Port}/_pilotlight/environments")));
            if (list.RootElement.GetProperty("stems").EnumerateArray().All(stem => stem.GetProperty("ready").GetInt32() >= stem.GetProperty("target").GetInt32()))
                return;
            await Task.Delay(20);
        }

        throw new InvalidOperationException("The stems are not ready after ten seconds.");
    }

    /// <summary>The bytes of a signed Invoke, good for five minutes.</summary>
    public byte[] SignedInvoke(string function, byte[] payload) =>
        Signed(HttpMethod.Post, $"/2015-03-31/functions/{function}/invocations", payload);

    /// <summary>The bytes of a signed request to Lambda.</summary>
    public byte[] Signed(HttpMethod method, string path, byte[] body, params (string Name, string Value)[] headers)
    {
        var request = new StringBuilder($"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{Port}\r\nContent-Length: {body.Length}\r\n");
        foreach (var (name, value) in Client.Sign("lambda", method, path, body, headers))
            request.Append($"{name}: {value}\r\n");
        return [.. Encoding.ASCII.GetBytes(request.Append("\r\n").ToString()), .. body];
    }

    public async ValueTask DisposeAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{Descendant(_process.Id)}"]);
        await _process.WaitForExitAsync();
        foreach (var folder in new[] { _keepData ? null : _data, _stateFolder })
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, true);
        }
    }

    /// <summary>The launcher execs the program, or waits for it: the last of the line is the platform.</summary>
    static int Descendant(int pid)
    {
        while (true)
        {
            var children = File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var next = children.Select(int.Parse).FirstOrDefault(child => File.ReadAllText($"/proc/{child}/comm").StartsWith("dotnet", StringComparison.Ordinal)
                || File.ReadAllText($"/proc/{child}/comm").StartsWith("Pilotlight", StringComparison.Ordinal));
            if (next == 0)
                return pid;
            pid = next;
        }
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
