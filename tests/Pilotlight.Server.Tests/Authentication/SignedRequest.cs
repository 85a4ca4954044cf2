using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Pilotlight.Api;

namespace Pilotlight.Authentication;

/// <summary>A request as it stands on the wire, signed or not.</summary>
sealed record SignedRequest(string Name, string Service, string Method, string Target, string Body, IReadOnlyList<(string Name, string Value)> Headers)
{
    static readonly AwsService S3 = new("s3", AwsProtocol.RestXml);

    public override string ToString() => Name;

    public string Header(string name) => Headers.First(header => header.Name == name).Value;

    /// <summary>Replaces the header, or adds it.</summary>
    public SignedRequest With(string name, string value) => this with { Headers = [.. Without(name).Headers, (name, value)] };

    public SignedRequest Without(string name) => this with { Headers = [.. Headers.Where(header => header.Name != name)] };

    public AwsRequest ToAwsRequest()
    {
        var http = new DefaultHttpContext();
        var feature = http.Features.GetRequiredFeature<IHttpRequestFeature>();
        feature.Method = Method;
        feature.RawTarget = Target;
        var mark = Target.IndexOf('?');
        feature.QueryString = mark < 0 ? "" : Target[mark..];
        foreach (var (name, value) in Headers)
            http.Request.Headers.Append(name, value);
        var service = Service switch
        {
            "lambda" => AwsService.Lambda,
            "logs" => AwsService.Logs,
            "sts" => AwsService.Sts,
            _ => S3,
        };
        var operation = new AwsOperation(service, "Test", _ => AwsResult.Empty(200));
        return new AwsRequest(http, operation, "00000000-0000-0000-0000-000000000000") { Body = Encoding.UTF8.GetBytes(Body) };
    }
}
