using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.HttpApis;

/// <summary>The inputs of the operations, as AWS's model has them.</summary>
static class ApiModel
{
    static readonly StringShape s_string = new();
    static readonly StringShape s_id = new() { Max = 128 };
    static readonly StringShape s_uri = new() { Min = 1, Max = 2048 };
    static readonly StringShape s_description = new() { Max = 1024 };
    static readonly BooleanShape s_boolean = new();
    static readonly NumberShape s_integer = new();
    static readonly ListShape s_strings = new(s_string);
    static readonly MapShape s_tags = new(new StringShape { Min = 1, Max = 128 }, new StringShape { Max = 1600 });
    static readonly MapShape s_map = new(s_string, new StringShape { Max = 512 });

    static readonly StructureShape s_cors = new(
        "Cors",
        Body("allowCredentials", s_boolean), Body("allowHeaders", s_strings), Body("allowMethods", new ListShape(new StringShape { Min = 1, Max = 64 })),
        Body("allowOrigins", s_strings), Body("exposeHeaders", s_strings), Body("maxAge", new NumberShape { Min = -1, Max = 86_400 }));

    static readonly StructureShape s_settings = new(
        "RouteSettings",
        Body("dataTraceEnabled", s_boolean), Body("detailedMetricsEnabled", s_boolean),
        Body("loggingLevel", new StringShape { Enum = ["ERROR", "INFO", "OFF"] }),
        Body("throttlingBurstLimit", s_integer), Body("throttlingRateLimit", new NumberShape { Kind = NumberKind.Double }));

    static readonly StructureShape s_accessLog = new("AccessLogSettings", Body("destinationArn", s_uri), Body("format", new StringShape { Max = 3072 }));

    static readonly StructureShape s_jwt = new("JWTConfiguration", Body("audience", s_strings), Body("issuer", s_uri));

    static readonly ModelMember[] s_api =
    [
        Body("apiKeySelectionExpression", s_string), Body("corsConfiguration", s_cors), Body("credentialsArn", s_uri),
        Body("description", s_description), Body("disableSchemaValidation", s_boolean), Body("disableExecuteApiEndpoint", s_boolean),
        Body("ipAddressType", new StringShape { Enum = ["ipv4", "dualstack"] }), Body("name", new StringShape { Min = 1, Max = 128 }),
        Body("routeKey", s_string), Body("routeSelectionExpression", s_string), Body("target", s_uri), Body("version", new StringShape { Max = 64 }),
    ];

    static readonly ModelMember[] s_route =
    [
        Body("apiKeyRequired", s_boolean), Body("authorizationScopes", new ListShape(new StringShape { Min = 1, Max = 64 })),
        Body("authorizationType", new StringShape { Enum = ["NONE", "AWS_IAM", "CUSTOM", "JWT"] }), Body("authorizerId", s_id),
        Body("modelSelectionExpression", s_string), Body("operationName", new StringShape { Max = 64 }), Body("requestModels", s_map),
        Body("requestParameters", new MapShape(s_string, new StructureShape("ParameterConstraints", Body("required", s_boolean)))),
        Body("routeKey", new StringShape { Max = 2048 }), Body("routeResponseSelectionExpression", s_string), Body("target", s_id),
    ];

    static readonly ModelMember[] s_integration =
    [
        Body("connectionId", s_string), Body("connectionType", new StringShape { Enum = ["INTERNET", "VPC_LINK"] }),
        Body("contentHandlingStrategy", s_string), Body("credentialsArn", s_uri), Body("description", s_description), Body("integrationMethod", s_id),
        Body("integrationSubtype", s_id), Body("integrationType", new StringShape { Enum = ["AWS", "HTTP", "MOCK", "HTTP_PROXY", "AWS_PROXY"] }),
        Body("integrationUri", s_uri), Body("passthroughBehavior", s_string), Body("payloadFormatVersion", s_id), Body("requestParameters", s_map),
        Body("requestTemplates", new MapShape(s_string, s_string)), Body("responseParameters", new MapShape(s_string, s_map)),
        Body("templateSelectionExpression", s_string), Body("timeoutInMillis", new NumberShape { Min = 50, Max = 30_000 }),
        Body("tlsConfig", new StructureShape("TlsConfig", Body("serverNameToVerify", s_string))),
    ];

    static readonly ModelMember[] s_authorizer =
    [
        Body("authorizerCredentialsArn", s_uri), Body("authorizerPayloadFormatVersion", s_id),
        Body("authorizerResultTtlInSeconds", new NumberShape { Min = 0, Max = 3600 }),
        Body("authorizerType", new StringShape { Enum = ["REQUEST", "JWT"] }), Body("authorizerUri", s_uri), Body("enableSimpleResponses", s_boolean),
        Body("identitySource", s_strings), Body("identityValidationExpression", s_string), Body("jwtConfiguration", s_jwt),
        Body("name", new StringShape { Min = 1, Max = 128 }),
    ];

    static readonly ModelMember[] s_stage =
    [
        Body("accessLogSettings", s_accessLog), Body("autoDeploy", s_boolean), Body("clientCertificateId", s_string),
        Body("defaultRouteSettings", s_settings), Body("deploymentId", s_id), Body("description", s_description),
        Body("routeSettings", new MapShape(s_string, s_settings)),
        Body("stageVariables", new MapShape(new StringShape { Min = 1, Max = 64, Pattern = "[a-zA-Z0-9_]+" }, new StringShape { Max = 2048 })),
        Body("tags", s_tags),
    ];

    public static OperationModel CreateApi { get; } = new([.. Requiring(s_api, "name"), RequiredBody("protocolType", s_string), Body("tags", s_tags)]);
    public static OperationModel UpdateApi { get; } = new(s_api);
    public static OperationModel CreateRoute { get; } = new(Requiring(s_route, "routeKey"));
    public static OperationModel UpdateRoute { get; } = new(s_route);
    public static OperationModel CreateIntegration { get; } = new(Requiring(s_integration, "integrationType"));
    public static OperationModel UpdateIntegration { get; } = new(s_integration);
    public static OperationModel CreateAuthorizer { get; } = new(Requiring(s_authorizer, "authorizerType", "identitySource", "name"));
    public static OperationModel UpdateAuthorizer { get; } = new(s_authorizer);

    public static OperationModel CreateStage { get; } = new(
        [.. s_stage, RequiredBody("stageName", new StringShape { Min = 1, Max = 128, Pattern = @"\$default|[a-zA-Z0-9_-]+" })]);

    public static OperationModel UpdateStage { get; } = new(s_stage);
    public static OperationModel Deployment { get; } = new(Body("description", s_description), Body("stageName", s_id));
    public static OperationModel Tags { get; } = new(RequiredBody("tags", s_tags));
    public static OperationModel Nothing { get; } = new();
    public static OperationModel Page { get; } = new(Query("maxResults", s_string), Query("nextToken", s_string));

    static ModelMember[] Requiring(ModelMember[] members, params string[] names) =>
        [.. members.Select(member => names.Contains(member.Name) ? member with { Required = true } : member)];
}
