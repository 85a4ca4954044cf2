using BenchmarkDotNet.Attributes;
using Pilotlight.Iam;

namespace Pilotlight.Micro;

/// <summary>What the evaluator costs: a role of so many policies of five statements each, of which the last allows.</summary>
[MemoryDiagnoser]
public class DecisionBenchmarks
{
    PrincipalPolicies _principal = null!;
    ResourcePolicies _resource = null!;
    AccessRequest _request = null!;

    [Params(1, 10, 100)]
    public int Policies { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _principal = new PrincipalPolicies { Identity = [.. Enumerable.Range(0, Policies).Select(Document)] };
        _resource = ResourcePolicies.Of(Policy.Parse(
            """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b"}}}]}""",
            PolicyKind.Resource, "function"));
        _request = new AccessRequest
        {
            Principal = new Principal
            {
                Kind = PrincipalKind.RoleSession,
                AccountId = "000000000000",
                Arn = "arn:aws:sts::000000000000:assumed-role/worker/f",
                SessionOfArn = "arn:aws:iam::000000000000:role/worker",
            },
            Action = "lambda:InvokeFunction",
            Resource = "arn:aws:lambda:us-east-1:000000000000:function:f",
        };
        if (!Decide().IsAllowed)
            throw new InvalidOperationException("The benchmark measures a refusal.");
    }

    [Benchmark]
    public Decision Decide() => Evaluator.Decide(_request, _principal, _resource);

    [Benchmark]
    public Policy Compile() => Document(0);

    Policy Document(int index)
    {
        var function = index == Policies - 1 ? "f" : $"g{index}";
        return Policy.Parse(
            $$"""
            {"Version":"2012-10-17","Statement":[
              {"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"},
              {"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::bucket-{{index}}/*"},
              {"Effect":"Allow","Action":"sqs:*","Resource":"arn:aws:sqs:*:000000000000:queue-{{index}}","Condition":{"Bool":{"aws:SecureTransport":"true"} } },
              {"Effect":"Deny","Action":"lambda:Delete*","Resource":"*"},
              {"Effect":"Allow","Action":"lambda:Invoke*","Resource":"arn:aws:lambda:*:000000000000:function:{{function}}"}]}
            """,
            PolicyKind.Identity, $"p{index}");
    }
}
