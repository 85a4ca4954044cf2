using System.Text.RegularExpressions;

namespace Pilotlight.Cli;

/// <param name="Language"><c>python</c>, <c>nodejs</c>, <c>ruby</c>, <c>java</c>, <c>dotnet</c> or <c>provided</c>.</param>
/// <param name="Handler">Null where the code does not tell.</param>
sealed record CodeFinding(string Language, string? Handler);

/// <summary>Tells language and handler from the files of a folder, by the names that AWS's own examples and consoles use.</summary>
static partial class FunctionCode
{
    static readonly string[] PythonFiles = ["lambda_function.py", "handler.py", "app.py", "main.py", "index.py", "function.py"];
    static readonly string[] NodeFiles =
    [
        "index.mjs", "index.js", "index.cjs", "handler.mjs", "handler.js", "handler.cjs",
        "app.mjs", "app.js", "app.cjs", "main.mjs", "main.js", "main.cjs",
    ];

    static readonly string[] RubyFiles = ["lambda_function.rb", "handler.rb", "app.rb", "main.rb", "function.rb"];

    /// <summary>Null when nothing in the folder looks like a function.</summary>
    public static CodeFinding? Find(string folder)
    {
        if (File.Exists(Path.Combine(folder, "bootstrap")))
            return new CodeFinding("provided", "bootstrap");
        return FindScript(folder, "python", PythonFiles, PythonHandler())
            ?? FindScript(folder, "nodejs", NodeFiles, NodeHandler())
            ?? FindScript(folder, "ruby", RubyFiles, RubyHandler())
            ?? FindDotnet(folder)
            ?? FindJava(folder);
    }

    /// <summary>The first well-known file with a handler in it, else the only file of the language, else the first well-known file.</summary>
    static CodeFinding? FindScript(string folder, string language, string[] wellKnown, Regex handlers)
    {
        var known = wellKnown.Where(name => File.Exists(Path.Combine(folder, name))).ToList();
        foreach (var name in known)
        {
            if (HandlerIn(Path.Combine(folder, name), handlers) is { } handler)
                return new CodeFinding(language, handler);
        }

        var extensions = wellKnown.Select(Path.GetExtension).Distinct().ToList();
        var all = Directory.EnumerateFiles(folder).Where(file => extensions.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal).ToList();
        if (all.Count == 0)
            return null;
        var withHandler = all.Select(file => HandlerIn(file, handlers)).OfType<string>().ToList();
        if (withHandler.Count == 1)
            return new CodeFinding(language, withHandler[0]);

        // lambda_function.lambda_handler is AWS's default, so a file of that name without one gets AWS's own error for it.
        var conventional = known.FirstOrDefault() is { } first ? Path.GetFileNameWithoutExtension(first) : null;
        return new CodeFinding(language, conventional is null ? null : $"{conventional}.{(language == "nodejs" ? "handler" : "lambda_handler")}");
    }

    static string? HandlerIn(string file, Regex handlers)
    {
        var names = handlers.Matches(File.ReadAllText(file)).Select(match => match.Groups["name"].Value).ToHashSet();
        var name = new[] { "lambda_handler", "handler", "lambdaHandler" }.FirstOrDefault(names.Contains);
        return name is null ? null : $"{Path.GetFileNameWithoutExtension(file)}.{name}";
    }

    /// <summary>An executable assembly is named alone; a class library's handler cannot be told from its files.</summary>
    static CodeFinding? FindDotnet(string folder)
    {
        var configs = Directory.GetFiles(folder, "*.runtimeconfig.json");
        if (configs.Length == 0)
            return null;
        return new CodeFinding("dotnet", configs.Length == 1 ? Path.GetFileName(configs[0])[..^".runtimeconfig.json".Length] : null);
    }

    static CodeFinding? FindJava(string folder)
    {
        var lib = Path.Combine(folder, "lib");
        var found = Directory.EnumerateFiles(folder, "*.class", SearchOption.AllDirectories).Any()
            || Directory.EnumerateFiles(folder, "*.jar").Any()
            || (Directory.Exists(lib) && Directory.EnumerateFiles(lib, "*.jar").Any());
        return found ? new CodeFinding("java", null) : null;
    }

    [GeneratedRegex(@"^(def\s+)?(?<name>lambda_handler|handler)\s*(\(|=[^=]|:)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex PythonHandler();

    [GeneratedRegex(
        @"\bexport\s+(async\s+)?(const|let|var|function)\s*\*?\s*(?<name>handler|lambdaHandler)\b"
        + @"|\bexports\s*\.\s*(?<name>handler|lambdaHandler)\s*="
        + @"|\bmodule\s*\.\s*exports\s*=\s*\{[^}]*\b(?<name>handler|lambdaHandler)\b"
        + @"|\bexport\s*\{[^}]*\b(?<name>handler|lambdaHandler)\b",
        RegexOptions.ExplicitCapture)]
    private static partial Regex NodeHandler();

    [GeneratedRegex(@"^def\s+(?<name>lambda_handler|handler)\b", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex RubyHandler();
}
