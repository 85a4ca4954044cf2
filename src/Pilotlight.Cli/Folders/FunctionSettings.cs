using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pilotlight.Cli;

/// <summary>The flags that <c>run</c> and <c>deploy</c> share. Null: not given.</summary>
sealed record SettingFlags
{
    public string? Runtime { get; init; }
    public string? Handler { get; init; }
    public int? MemoryMegabytes { get; init; }
    public int? TimeoutSeconds { get; init; }

    /// <summary><c>KEY=VALUE</c> each.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];
}

/// <summary>
/// What a function is created with, in CreateFunction's own words: <c>pilotlight.json</c> in its folder holds such members, flags
/// win over it, and what neither says is told from the code.
/// </summary>
static class FunctionSettings
{
    public const string FileName = "pilotlight.json";

    /// <summary>The members of <c>pilotlight.json</c>; empty when there is none.</summary>
    public static JsonObject ReadFile(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return [];
        try
        {
            var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
            if (JsonNode.Parse(File.ReadAllText(path), null, options) is JsonObject settings)
                return settings;
        }
        catch (JsonException invalid)
        {
            throw CliException.Usage($"{path}, line {invalid.LineNumber + 1}: not JSON");
        }

        throw CliException.Usage($"{path} must hold one object, with members such as Runtime, Handler and MemorySize");
    }

    /// <summary>Puts flags over the file's members.</summary>
    public static JsonObject Apply(JsonObject file, SettingFlags flags)
    {
        var settings = (JsonObject)file.DeepClone();
        if (flags.Runtime is not null)
            settings["Runtime"] = flags.Runtime;
        if (flags.Handler is not null)
            settings["Handler"] = flags.Handler;
        if (flags.MemoryMegabytes is { } memory)
            settings["MemorySize"] = memory;
        if (flags.TimeoutSeconds is { } timeout)
            settings["Timeout"] = timeout;
        if (flags.Environment.Count > 0)
        {
            if (settings["Environment"] is not JsonObject environment)
                settings["Environment"] = environment = [];
            if (environment["Variables"] is not JsonObject variables)
                environment["Variables"] = variables = [];
            foreach (var pair in flags.Environment)
            {
                var equals = pair.IndexOf('=');
                if (equals < 1)
                    throw CliException.Usage($"--env {pair}: it looks like --env NAME=VALUE");
                variables[pair[..equals]] = pair[(equals + 1)..];
            }
        }

        return settings;
    }

    /// <summary>Fills in what is still missing from what the code shows and what this machine can run.</summary>
    public static void Complete(JsonObject settings, string folder, string name, IReadOnlyList<RuntimeOffer> offers)
    {
        settings["FunctionName"] ??= name;
        if (settings["Runtime"] is null || settings["Handler"] is null)
        {
            var finding = FunctionCode.Find(folder);
            var language = settings["Runtime"] is { } runtime ? LanguageOf(runtime.ToString()) : finding?.Language;
            if (language is null)
            {
                throw CliException.Usage(
                    $"nothing in {folder} looks like a function",
                    "it has one of lambda_function.py, index.mjs, lambda_function.rb, bootstrap, ...; or say --runtime and --handler, or write a pilotlight.json");
            }

            settings["Runtime"] ??= NewestRuntime(language, offers);
            if (settings["Handler"] is null && finding?.Language == language)
                settings["Handler"] = finding.Handler;
            // A custom runtime's handler means what its bootstrap makes of it; AWS wants one all the same.
            if (settings["Handler"] is null && language == "provided")
                settings["Handler"] = "bootstrap";
        }

        if (settings["Handler"] is null)
        {
            throw CliException.Usage(
                $"the code in {folder} does not tell which handler to call",
                $"say it with --handler, or as \"Handler\" in {FileName}; for example {ExampleHandler(settings["Runtime"]!.ToString())}");
        }
    }

    /// <summary>The newest identifier that this machine serves exactly, else the newest that it serves at all.</summary>
    public static string NewestRuntime(string language, IReadOnlyList<RuntimeOffer> offers)
    {
        var candidates = offers.Where(offer => LanguageOf(offer.Identifier) == language)
            .OrderByDescending(offer => offer.Match == RuntimeMatch.Exact)
            .ThenByDescending(offer => offer.Match == RuntimeMatch.Nearest)
            .ThenByDescending(offer => VersionOf(offer.Identifier))
            .ToList();
        if (candidates.Count == 0 || candidates[0].Match == RuntimeMatch.Missing)
            throw new CliException(ExitCode.Refused, $"this machine has no {language} to run it with", "see what it has with: ./pilotlight runtime list");
        return candidates[0].Identifier;
    }

    /// <summary><c>python3.11</c> is python; <c>provided.al2023</c> is provided.</summary>
    public static string LanguageOf(string runtime)
    {
        var end = runtime.AsSpan().IndexOfAnyExceptInRange('a', 'z');
        return end < 0 ? runtime : runtime[..end];
    }

    static double VersionOf(string identifier)
    {
        // python3.9 < python3.11, java8.al2 < java11, provided.al2 < provided.al2023: whole numbers, left to right.
        var numbers = identifier.Split(['.'], StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.AsSpan().TrimStart("abcdefghijklmnopqrstuvwxyz").ToString())
            .Select(part => double.TryParse(part, CultureInfo.InvariantCulture, out var number) ? number : 0)
            .ToList();
        return identifier.StartsWith("provided", StringComparison.Ordinal)
            ? numbers[^1]
            : (numbers[0] * 1000) + (numbers.Count > 1 && !identifier.Contains("al2") ? numbers[1] : 0);
    }

    static string ExampleHandler(string runtime) => LanguageOf(runtime) switch
    {
        "java" => "example.Handler::handleRequest",
        "dotnet" => "Assembly::Namespace.Type::Method",
        "nodejs" => "index.handler",
        _ => "lambda_function.lambda_handler",
    };

    /// <summary>A function's name from its folder's.</summary>
    public static string NameFrom(string folder)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        var allowed = new string([.. name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-')]).Trim('-');
        return allowed.Length == 0 ? "function" : allowed[..Math.Min(64, allowed.Length)];
    }
}
