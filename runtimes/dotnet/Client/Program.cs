namespace Pilotlight.RuntimeSupport;

/// <summary>The .NET runtime of Pilotlight: loads the handler, then takes one event after the other from the Runtime API.</summary>
static class Program
{
    const int LargestKeptBuffer = 1 << 20;

    static int Main(string[] arguments)
    {
        if (Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API") is not { } authority)
        {
            Console.Error.WriteLine("AWS_LAMBDA_RUNTIME_API is not set");
            return 1;
        }
        var api = new RuntimeApi(authority);
        if (Environment.GetEnvironmentVariable("PILOTLIGHT_STEM") is not null) Stem.Await(api);
        var handlerName = arguments.Length > 0 ? arguments[0] : Environment.GetEnvironmentVariable("_HANDLER") ?? "";
        var log = FunctionLog.Open();
        try
        {
            if (Load(handlerName, api, log) is not { } handler) return 1;
            Serve(api, handler, log);
            return 0;
        }
        catch (IOException gone)
        {
            log.Flush();
            Libc.WriteAll(2, System.Text.Encoding.UTF8.GetBytes($"The Runtime API is gone: {gone.Message}\n"));
            return 1;
        }
    }

    static Handler? Load(string name, RuntimeApi api, FunctionLog log)
    {
        try
        {
            return HandlerLoader.Load(name, log);
        }
        catch (Exception thrown)
        {
            Console.Error.WriteLine(thrown);
            log.Flush();
            api.InitError(ErrorPayload.Of(thrown), thrown.GetType().Name);
            return null;
        }
    }

    static void Serve(RuntimeApi api, Handler handler, FunctionLog log)
    {
        var output = new MemoryStream();
        var pristine = ExecutionContext.Capture();
        var invocation = api.Next();
        while (true)
        {
            var thrown = Invoke(handler, invocation, output, log);
            // What the function put into an AsyncLocal belongs to this invocation.
            if (pristine is not null) ExecutionContext.Restore(pristine);
            if (thrown is not null) Console.Error.WriteLine(Trimmed(thrown));
            log.Flush();
            invocation = thrown is null
                ? api.RespondAndNext(invocation.RequestId, output.GetBuffer().AsSpan(0, (int)output.Length))
                : api.ErrorAndNext(invocation.RequestId, ErrorPayload.Of(thrown), thrown.GetType().Name);
            output.SetLength(0);
            if (output.Capacity > LargestKeptBuffer) output.Capacity = 0;
        }
    }

    static Exception? Invoke(Handler handler, Invocation invocation, MemoryStream output, FunctionLog log)
    {
        Environment.SetEnvironmentVariable("_X_AMZN_TRACE_ID", invocation.TraceId);
        log.Begin(invocation);
        try
        {
            handler.Handle(invocation, output);
            return null;
        }
        catch (Exception thrown)
        {
            return thrown;
        }
    }

    /// <summary>The text of an exception without the frames that are ours.</summary>
    static string Trimmed(Exception thrown) =>
        string.Join('\n', thrown.ToString().Split('\n').Where(line => !ErrorPayload.IsOurs(line.Trim())));
}
