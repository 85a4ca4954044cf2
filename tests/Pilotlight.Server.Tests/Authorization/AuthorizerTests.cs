using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Pilotlight.Api;
using Pilotlight.Authentication;

namespace Pilotlight.Authorization;

public sealed class AuthorizerTests
{
    static readonly Caller Root = new()
    {
        AccountId = "000000000000",
        Arn = "arn:aws:iam::000000000000:root",
        UserId = "000000000000",
        Kind = CallerKind.Root,
    };

    static readonly Caller Environment = new()
    {
        AccountId = "000000000000",
        Arn = "arn:aws:sts::000000000000:assumed-role/worker/f",
        UserId = "AROA:f",
        Kind = CallerKind.AssumedRole,
        RoleArn = "arn:aws:iam::000000000000:role/worker",
        SourceFunctionArn = "arn:aws:lambda:us-east-1:000000000000:function:f",
    };

    readonly WarningList _warnings = new();

    AwsError? Check(Caller caller, string action, string resource, string service = "lambda", IamMode mode = IamMode.Enforce)
    {
        var request = new SignedRequest("", service, "GET", "/", "", []).ToAwsRequest();
        request.Caller = caller;
        request.IsAuthenticated = true;
        return new Authorizer(Options.Create(new IamOptions { Mode = mode }), _warnings).Check(request, action, resource);
    }

    [Theory]
    [InlineData("lambda:DeleteFunction", "arn:aws:lambda:us-east-1:000000000000:function:f")]
    [InlineData("iam:PassRole", "arn:aws:iam::000000000000:role/a:b")]
    [InlineData("s3:GetObject", "arn:aws:s3:::bucket/key")]
    [InlineData("anything:AtAll", "*")]
    public void Root_may_do_everything_in_its_account(string action, string resource) => Assert.Null(Check(Root, action, resource));

    [Theory]
    [InlineData("arn:aws:lambda:us-east-1:111111111111:function:f")]
    [InlineData("arn:aws:lambda:us-east-1:0000000000000:function:f")]
    [InlineData("arn:aws:lambda:us-east-1:00000000000:function:f")]
    [InlineData("arn:aws:lambda:us-east-1:000000000000")]
    [InlineData("arn:aws:lambda")]
    [InlineData("arn:")]
    [InlineData("function:f")]
    [InlineData("")]
    public void Root_may_do_nothing_in_another_account_or_on_what_is_no_ARN(string resource)
    {
        var refused = Check(Root, "lambda:GetFunction", resource)!;
        Assert.Equal(403, refused.Status);
        Assert.Equal("AccessDeniedException", refused.Code);
        Assert.Equal(
            $"User: arn:aws:iam::000000000000:root is not authorized to perform: lambda:GetFunction on resource: {resource} because no resource-based policy allows the lambda:GetFunction action",
            refused.Message);
    }

    [Theory]
    [InlineData("logs:CreateLogGroup", "arn:aws:logs:us-east-1:000000000000:log-group:g:*", true)]
    [InlineData("logs:CreateLogStream", "*", true)]
    [InlineData("logs:PutLogEvents", "*", true)]
    [InlineData("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:000000000000:function:g", true)]
    [InlineData("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111111111111:function:g", false)]
    [InlineData("lambda:GetFunction", "arn:aws:lambda:us-east-1:000000000000:function:f", false)]
    [InlineData("lambda:CreateFunction", "*", false)]
    [InlineData("logs:DeleteLogGroup", "*", false)]
    [InlineData("sts:AssumeRole", "*", false)]
    [InlineData("iam:PassRole", "*", false)]
    public void An_execution_environment_may_write_logs_and_invoke(string action, string resource, bool allowed) =>
        Assert.Equal(allowed, Check(Environment, action, resource) is null);

    [Theory]
    [InlineData(CallerKind.AssumedRole)]
    [InlineData(CallerKind.User)]
    [InlineData(CallerKind.FederatedUser)]
    [InlineData(CallerKind.Service)]
    [InlineData(CallerKind.Anonymous)]
    public void Anybody_else_may_do_nothing(CallerKind kind) =>
        Assert.NotNull(Check(Root with { Kind = kind }, "lambda:InvokeFunction", "arn:aws:lambda:us-east-1:000000000000:function:f"));

    [Theory]
    [InlineData("lambda", 403, "AccessDeniedException")]
    [InlineData("logs", 400, "AccessDeniedException")]
    [InlineData("sts", 403, "AccessDenied")]
    public void Refuses_in_the_words_and_the_code_of_the_protocol(string service, int status, string code) => Assert.Equal(
        new AwsError(status, code,
            "User: arn:aws:sts::000000000000:assumed-role/worker/f is not authorized to perform: x:Y on resource: * because no identity-based policy allows the x:Y action"),
        Check(Environment, "x:Y", "*", service));

    [Fact]
    public void Audit_lets_pass_and_says_so()
    {
        Assert.Null(Check(Environment, "x:Y", "*", mode: IamMode.Audit));
        Assert.Equal(
            ["Iam:Mode audit: arn:aws:sts::000000000000:assumed-role/worker/f would be refused x:Y on *"], _warnings.Lines);
        Assert.Null(Check(Root, "x:Y", "*", mode: IamMode.Audit));
        Assert.Single(_warnings.Lines);
    }

    [Fact]
    public void A_request_without_a_caller_is_a_bug()
    {
        var request = new SignedRequest("", "lambda", "GET", "/", "", []).ToAwsRequest();
        var authorizer = new Authorizer(Options.Create(new IamOptions { Mode = IamMode.Audit }), _warnings);
        Assert.Throws<InvalidOperationException>(() => authorizer.Check(request, "x:Y", "*"));
    }

    sealed class WarningList : ILogger<Authorizer>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
