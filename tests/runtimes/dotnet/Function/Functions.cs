using System.Text;
using System.Text.Json;
using Amazon.Lambda.Core;

[assembly: LambdaSerializer(typeof(Tested.Json))]

namespace Tested;

public sealed class Json : ILambdaSerializer
{
    static readonly JsonSerializerOptions s_options = new() { PropertyNameCaseInsensitive = true };

    public T Deserialize<T>(Stream requestStream) => JsonSerializer.Deserialize<T>(requestStream, s_options)!;

    public void Serialize<T>(T response, Stream responseStream) => JsonSerializer.Serialize(responseStream, response, s_options);
}

public sealed class Shouting : ILambdaSerializer
{
    public T Deserialize<T>(Stream requestStream) => (T)(object)new StreamReader(requestStream).ReadToEnd().ToUpperInvariant();

    public void Serialize<T>(T response, Stream responseStream) => responseStream.Write(Encoding.UTF8.GetBytes(response + "!"));
}

public sealed class NoConstructor(int number) : ILambdaSerializer
{
    public T Deserialize<T>(Stream requestStream) => throw new InvalidOperationException(number.ToString());

    public void Serialize<T>(T response, Stream responseStream) => throw new InvalidOperationException();
}

public record Thing(string Name, int Count);

public class BaseFunctions
{
    public string Inherited(string text) => "base " + text;
}

public class Functions : BaseFunctions
{
    static readonly AsyncLocal<string?> s_local = new();

    public object Any(JsonElement element) => element;

    public string Text(string text) => text;

    /// <summary>Its variables as this runtime, native code and a child see them, its folder, its limit of memory and what the host told.</summary>
    public Dictionary<string, object?> Surroundings(JsonElement names)
    {
        using var child = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/sh", ["-c", "env | sort"]) { RedirectStandardOutput = true })!;
        return new()
        {
            ["variables"] = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string)entry.Value!),
            ["native"] = names.EnumerateArray().ToDictionary(name => name.GetString()!, name => System.Runtime.InteropServices.Marshal.PtrToStringUTF8(getenv(name.GetString()!))),
            ["child"] = child.StandardOutput.ReadToEnd(),
            ["folder"] = Environment.CurrentDirectory,
            ["heap"] = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            ["base"] = AppContext.BaseDirectory,
            ["dependencies"] = AppContext.GetData("APP_CONTEXT_DEPS_FILES"),
            ["assemblies"] = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).ToArray(),
            ["contexts"] = string.Join(',', System.Runtime.Loader.AssemblyLoadContext.All.Select(context => context.Name)),
            ["setting"] = AppContext.GetData("Tested.Setting"),
        };
    }

    [System.Runtime.InteropServices.DllImport("libc")]
    static extern nint getenv(string name);

    public static string Fixed() => "static";

    public Thing Bean(Thing thing) => thing with { Count = thing.Count + 1 };

    public int Number(int number) => number + 1;

    public void Nothing(object ignored)
    {
    }

    public async Task NothingLater(object ignored) => await Task.Yield();

    public async Task<Thing> Later(Thing thing, ILambdaContext context)
    {
        await Task.Delay(1);
        return thing with { Name = context.FunctionName };
    }

    public async ValueTask<int> Value(int number)
    {
        await Task.Yield();
        return number * 2;
    }

    public ValueTask ValueNothing() => default;

    public Stream Streams(Stream input)
    {
        var copy = new MemoryStream();
        input.CopyTo(copy);
        copy.Position = 0;
        return copy;
    }

    public async Task<Stream> StreamsLater(Stream input)
    {
        await Task.Yield();
        return Streams(input);
    }

    public string OnlyContext(ILambdaContext context) => context.AwsRequestId;

    [LambdaSerializer(typeof(Shouting))]
    public string Shout(string text) => text;

    [LambdaSerializer(typeof(NoConstructor))]
    public string Unserializable(string text) => text;

    public string Overloaded(string text) => text;

    public string Overloaded(int number) => "number " + number;

    string Private(string text) => "private " + text;

    public async void AsyncVoid(string text) => await Task.Yield();

    public T Generic<T>(T value) => value;

    public string Params(params string[] texts) => texts[0];

    public string Three(string a, string b, string c) => a;

    public string SecondIsNot(string a, string b) => a;

    public Dictionary<string, object?> Context(Dictionary<string, object?> ignored, ILambdaContext context) => new()
    {
        ["id"] = context.AwsRequestId,
        ["group"] = context.LogGroupName,
        ["stream"] = context.LogStreamName,
        ["name"] = context.FunctionName,
        ["version"] = context.FunctionVersion,
        ["arn"] = context.InvokedFunctionArn,
        ["memory"] = context.MemoryLimitInMB,
        ["remaining"] = context.RemainingTime.TotalMilliseconds,
        ["trace"] = Read(context, "TraceId"),
        ["variable"] = Environment.GetEnvironmentVariable("_X_AMZN_TRACE_ID"),
        ["tenant"] = Read(context, "TenantId"),
        ["newer"] = $"{Read(context, "NewerWithDefault")}{Read(context, "NewerWithout")}",
        ["type"] = context.GetType().Assembly.GetName().Name,
        ["identity"] = context.Identity is null ? null : context.Identity.IdentityId + "/" + context.Identity.IdentityPoolId,
        ["app"] = context.ClientContext?.Client?.AppTitle,
        ["custom"] = context.ClientContext?.Custom,
        ["env"] = context.ClientContext?.Environment,
    };

    /// <summary>A member that not every version of the interface has.</summary>
    static object? Read(ILambdaContext context, string member) => typeof(ILambdaContext).GetProperty(member)?.GetValue(context);

    public string OldLogs(object ignored, ILambdaContext context)
    {
        context.Logger.LogLine("old line");
        context.Logger.Log("old");
        LambdaLogger.Log("old static");
        return "";
    }

    public string? Logs(object ignored, ILambdaContext context)
    {
        Console.WriteLine("from Console");
        Console.WriteLine("{0} arguments", 2);
        Console.WriteLine(1.5);
        Console.WriteLine('c');
        Console.Error.WriteLine("to Error");
        context.Logger.LogLine("two\nlines");
        context.Logger.LogWarning("warned");
        context.Logger.LogDebug("unseen");
        context.Logger.Log(Amazon.Lambda.Core.LogLevel.Critical, "critical");
        context.Logger.LogInformation("{name} has {count:D3} of {@thing} {{kept}}", "Ann", 7, new Thing("x", 1));
        context.Logger.LogError(new InvalidOperationException("broken"), "with {0}", "exception");
        LambdaLogger.Log("static");
        LambdaLogger.Log("Warning", "static {level}", "levelled");
        Console.Write("unfinished");
        return Environment.GetEnvironmentVariable("_LAMBDA_TELEMETRY_LOG_FD");
    }

    public string Fail(object ignored) => throw new InvalidOperationException("outer", new ArgumentException("inner"));

    public async Task<string> FailLater(object ignored)
    {
        await Task.Yield();
        throw new InvalidOperationException("later");
    }

    public string FailMany(object ignored) => throw new AggregateException("many", new Exception("one"), new Exception("two"));

    public string FailLong(object ignored) => throw new Exception(new string('x', 300 * 1024));

    public string Local(string text)
    {
        var before = s_local.Value;
        s_local.Value = text;
        return before ?? "none";
    }

    public string Exhaust(object ignored)
    {
        var all = new List<byte[]>();
        while (true) all.Add(new byte[1 << 24]);
    }

    public string Exit(object ignored)
    {
        Environment.Exit(7);
        return "";
    }
}

public abstract class AbstractFunctions
{
    public string Text(string text) => text;

    public abstract string Abstract(string text);

    public static string Fixed() => "static of abstract";
}

public class GenericFunctions<T>
{
    public T Text(T text) => text;
}

public interface INotAClass
{
    static string Fixed() => "";
}

public class Throwing
{
    public Throwing() => throw new InvalidOperationException("no construction");

    public string Text(string text) => text;
}

public static class StaticThrowing
{
    static readonly string s_text = Fail();

    static string Fail() => throw new InvalidOperationException("no class");

    public static string Text(string text) => s_text + text;
}
