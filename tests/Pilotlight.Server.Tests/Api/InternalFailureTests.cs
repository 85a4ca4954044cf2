using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Pilotlight.Api;

namespace Pilotlight.Tests.Api;

/// <summary>What goes wrong inside is told in the words of the service that was called, and nothing of what it was.</summary>
public sealed class InternalFailureTests
{
    const string Common = "The request processing has failed because of an unknown error, exception or failure.";
    const string TryAgain = "We encountered an internal error. Please try again.";

    public static TheoryData<AwsService, string, string> Services => new()
    {
        { AwsService.S3, $"<Code>InternalError</Code><Message>{TryAgain}</Message>", "application/xml" },
        { AwsService.SqsQuery, $"<Type>Receiver</Type><Code>InternalError</Code><Message>{TryAgain}</Message>", "text/xml" },
        { AwsService.Sqs, $$"""{"__type":"com.amazonaws.sqs#InternalFailure","message":"{{TryAgain}}"}""", "application/x-amz-json-1.0" },
        { AwsService.Sns, $"<Type>Receiver</Type><Code>InternalError</Code><Message>{Common}</Message>", "text/xml" },
        { AwsService.Iam, $"<Code>ServiceFailure</Code><Message>{Common}</Message>", "text/xml" },
        { AwsService.Sts, $"<Code>InternalFailure</Code><Message>{Common}</Message>", "text/xml" },
        { AwsService.Logs, $$"""{"__type":"InternalFailure","message":"{{Common}}"}""", "application/x-amz-json-1.1" },
        { AwsService.CloudTrail, $$"""{"__type":"InternalFailure","message":"{{Common}}"}""", "application/x-amz-json-1.1" },
        { AwsService.Events, $$"""{"__type":"InternalException","message":"{{Common}}"}""", "application/x-amz-json-1.1" },
        { AwsService.Kinesis, $$"""{"__type":"InternalFailureException","message":"{{Common}}"}""", "application/x-amz-json-1.1" },
        { AwsService.Scheduler, """{"Type":"Server","message":"Unexpected error encountered while processing the request."}""", "application/json" },
        { AwsService.ApiGateway, """{"Type":"Server","message":"Internal server error"}""", "application/json" },
        { AwsService.Lambda, "\"Type\":\"Server\"", "application/json" },
    };

    [Theory]
    [MemberData(nameof(Services))]
    public async Task A_bug_is_told_as_the_service_tells_it(AwsService service, string words, string contentType)
    {
        var http = new DefaultHttpContext { Response = { Body = new MemoryStream() } };
        http.AwsRequest = new AwsRequest(http, new AwsOperation(service, "Something", static _ => default), "id");
        var boundary = new RequestBoundaryMiddleware(static _ => throw new InvalidOperationException("a secret"), NullLogger<RequestBoundaryMiddleware>.Instance);
        await boundary.InvokeAsync(http);
        var body = Encoding.UTF8.GetString(((MemoryStream)http.Response.Body).ToArray());
        Assert.Equal((500, contentType), (http.Response.StatusCode, http.Response.ContentType));
        Assert.Contains(words, body);
        Assert.DoesNotContain("secret", body);
        if (service.Protocol is not (AwsProtocol.Query or AwsProtocol.RestXml))
            Assert.Equal(service.InternalFailure.Code, http.Response.Headers["x-amzn-ErrorType"]);
        if (service == AwsService.Sqs)
            Assert.Equal("InternalError;Receiver", http.Response.Headers["x-amzn-query-error"]);
    }
}
