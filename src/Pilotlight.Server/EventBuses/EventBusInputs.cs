using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.EventBuses;

/// <summary>Inputs of EventBridge, as AWS models them (2015-10-07): bounds, patterns, and the order in which faults are reported.</summary>
static class EventBusInputs
{
    static readonly NumberShape s_integer = new();
    static readonly StringShape s_eventBusName = new() { Min = 1, Max = 256, Pattern = @"[/\.\-_A-Za-z0-9]+" };
    static readonly StringShape s_eventSourceName = new() { Min = 1, Max = 256, Pattern = @"aws\.partner(/[\.\-_A-Za-z0-9]+){2,}" };
    static readonly StringShape s_eventBusDescription = new() { Max = 512 };
    static readonly StringShape s_kmsKeyIdentifier = new() { Max = 2048, Pattern = @"^[a-zA-Z0-9_\-/:]*$" };
    static readonly StringShape s_resourceArn = new() { Min = 1, Max = 1600 };
    static readonly StructureShape s_deadLetterConfig = new(
        "DeadLetterConfig",
        Body("Arn", s_resourceArn));
    static readonly StringShape s_includeDetail = new() { Enum = ["NONE", "FULL"] };
    static readonly StringShape s_level = new() { Enum = ["OFF", "ERROR", "INFO", "TRACE"] };
    static readonly StructureShape s_logConfig = new(
        "LogConfig",
        Body("IncludeDetail", s_includeDetail),
        Body("Level", s_level));
    static readonly StringShape s_tagValue = new() { Min = 0, Max = 256 };
    static readonly StructureShape s_tag = new(
        "Tag",
        RequiredBody("Key", BusShapes.TagKey),
        RequiredBody("Value", s_tagValue));
    static readonly ListShape s_tagList = new(s_tag);
    static readonly StringShape s_eventBusNameOrArn = new() { Min = 1, Max = 1600, Pattern = @"(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/\.\-_A-Za-z0-9]+" };
    static readonly NumberShape s_limitMax100 = new() { Min = 1, Max = 100 };
    static readonly StringShape s_nonPartnerEventBusName = new() { Min = 1, Max = 256, Pattern = @"[\.\-_A-Za-z0-9]+" };
    static readonly StringShape s_action = new() { Min = 1, Max = 64, Pattern = @"events:[a-zA-Z]+" };
    static readonly StringShape s_principal = new() { Min = 1, Max = 12, Pattern = @"(\d{12}|\*)" };
    static readonly StringShape s_statementId = new() { Min = 1, Max = 64, Pattern = @"[a-zA-Z0-9-_]+" };
    static readonly StructureShape s_condition = new(
        "Condition",
        RequiredBody("Type", BusShapes.Text),
        RequiredBody("Key", BusShapes.Text),
        RequiredBody("Value", BusShapes.Text));
    static readonly StringShape s_ruleName = new() { Min = 1, Max = 64, Pattern = @"[\.\-_A-Za-z0-9]+" };
    static readonly StringShape s_scheduleExpression = new() { Max = 256 };
    static readonly StringShape s_eventPattern = new() { Max = 4096 };
    static readonly StringShape s_ruleState = new() { Enum = ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"] };
    static readonly StringShape s_ruleDescription = new() { Max = 512 };
    static readonly StringShape s_roleArn = new() { Min = 1, Max = 1600 };
    static readonly StringShape s_targetId = new() { Min = 1, Max = 64, Pattern = @"[\.\-_A-Za-z0-9]+" };
    static readonly StringShape s_targetInput = new() { Max = 8192 };
    static readonly StringShape s_targetInputPath = new() { Max = 256 };
    static readonly StringShape s_inputTransformerPathKey = new() { Min = 1, Max = 256, Pattern = @"[A-Za-z0-9\_\-]+" };
    static readonly MapShape s_transformerPaths = new(s_inputTransformerPathKey, s_targetInputPath) { Max = 100 };
    static readonly StringShape s_transformerInput = new() { Min = 1, Max = 8192 };
    static readonly StructureShape s_inputTransformer = new(
        "InputTransformer",
        Body("InputPathsMap", s_transformerPaths),
        RequiredBody("InputTemplate", s_transformerInput));
    static readonly StringShape s_targetPartitionKeyPath = new() { Max = 256 };
    static readonly StructureShape s_kinesisParameters = new(
        "KinesisParameters",
        RequiredBody("PartitionKeyPath", s_targetPartitionKeyPath));
    static readonly StringShape s_runCommandTargetKey = new() { Min = 1, Max = 128, Pattern = @"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$" };
    static readonly StringShape s_runCommandTargetValue = new() { Min = 1, Max = 256 };
    static readonly ListShape s_runCommandTargetValues = new(s_runCommandTargetValue) { Min = 1, Max = 50 };
    static readonly StructureShape s_runCommandTarget = new(
        "RunCommandTarget",
        RequiredBody("Key", s_runCommandTargetKey),
        RequiredBody("Values", s_runCommandTargetValues));
    static readonly ListShape s_runCommandTargets = new(s_runCommandTarget) { Min = 1, Max = 5 };
    static readonly StructureShape s_runCommandParameters = new(
        "RunCommandParameters",
        RequiredBody("RunCommandTargets", s_runCommandTargets));
    static readonly StringShape s_arn = new() { Min = 1, Max = 1600 };
    static readonly NumberShape s_limitMin1 = new() { Min = 1 };
    static readonly ListShape s_stringList = new(BusShapes.Text);
    static readonly StructureShape s_awsVpcConfiguration = new(
        "AwsVpcConfiguration",
        RequiredBody("Subnets", s_stringList),
        Body("SecurityGroups", s_stringList),
        Body("AssignPublicIp", BusShapes.AssignPublicIp));
    static readonly StructureShape s_networkConfiguration = new(
        "NetworkConfiguration",
        Body("awsvpcConfiguration", s_awsVpcConfiguration));
    static readonly StructureShape s_capacityProviderStrategyItem = new(
        "CapacityProviderStrategyItem",
        RequiredBody("capacityProvider", BusShapes.CapacityProvider),
        Body("weight", BusShapes.CapacityProviderStrategyItemWeight),
        Body("base", BusShapes.CapacityProviderStrategyItemBase));
    static readonly ListShape s_capacityProviderStrategy = new(s_capacityProviderStrategyItem) { Max = 6 };
    static readonly StringShape s_placementConstraintExpression = new() { Max = 2000 };
    static readonly StructureShape s_placementConstraint = new(
        "PlacementConstraint",
        Body("type", BusShapes.PlacementConstraintType),
        Body("expression", s_placementConstraintExpression));
    static readonly ListShape s_placementConstraints = new(s_placementConstraint) { Max = 10 };
    static readonly StringShape s_placementStrategyField = new() { Max = 255 };
    static readonly StructureShape s_placementStrategy = new(
        "PlacementStrategy",
        Body("type", BusShapes.PlacementStrategyType),
        Body("field", s_placementStrategyField));
    static readonly ListShape s_placementStrategies = new(s_placementStrategy) { Max = 5 };
    static readonly StringShape s_referenceId = new() { Max = 1024 };
    static readonly StructureShape s_ecsParameters = new(
        "EcsParameters",
        RequiredBody("TaskDefinitionArn", s_arn),
        Body("TaskCount", s_limitMin1),
        Body("LaunchType", BusShapes.LaunchType),
        Body("NetworkConfiguration", s_networkConfiguration),
        Body("PlatformVersion", BusShapes.Text),
        Body("Group", BusShapes.Text),
        Body("CapacityProviderStrategy", s_capacityProviderStrategy),
        Body("EnableECSManagedTags", BusShapes.Boolean),
        Body("EnableExecuteCommand", BusShapes.Boolean),
        Body("PlacementConstraints", s_placementConstraints),
        Body("PlacementStrategy", s_placementStrategies),
        Body("PropagateTags", BusShapes.PropagateTags),
        Body("ReferenceId", s_referenceId),
        Body("Tags", s_tagList));
    static readonly StructureShape s_batchArrayProperties = new(
        "BatchArrayProperties",
        Body("Size", s_integer));
    static readonly StructureShape s_batchRetryStrategy = new(
        "BatchRetryStrategy",
        Body("Attempts", s_integer));
    static readonly StructureShape s_batchParameters = new(
        "BatchParameters",
        RequiredBody("JobDefinition", BusShapes.Text),
        RequiredBody("JobName", BusShapes.Text),
        Body("ArrayProperties", s_batchArrayProperties),
        Body("RetryStrategy", s_batchRetryStrategy));
    static readonly StringShape s_messageGroupId = new() { Max = 100 };
    static readonly StructureShape s_sqsParameters = new(
        "SqsParameters",
        Body("MessageGroupId", s_messageGroupId));
    static readonly StringShape s_pathParameter = new() { Pattern = @"^(?!\s*$).+" };
    static readonly ListShape s_pathParameterList = new(s_pathParameter);
    static readonly StringShape s_headerKey = new() { Max = 512, Pattern = @"^[!#$%&'*+-.^_`|~0-9a-zA-Z]+$" };
    static readonly StringShape s_headerValue = new() { Max = 512, Pattern = @"^[ \t]*[\x20-\x7E]+([ \t]+[\x20-\x7E]+)*[ \t]*$" };
    static readonly MapShape s_headerParametersMap = new(s_headerKey, s_headerValue);
    static readonly StringShape s_queryStringKey = new() { Max = 512, Pattern = @"[^\x00-\x1F\x7F]+" };
    static readonly StringShape s_queryStringValue = new() { Max = 512, Pattern = @"[^\x00-\x09\x0B\x0C\x0E-\x1F\x7F]+" };
    static readonly MapShape s_queryStringParametersMap = new(s_queryStringKey, s_queryStringValue);
    static readonly StructureShape s_httpParameters = new(
        "HttpParameters",
        Body("PathParameterValues", s_pathParameterList),
        Body("HeaderParameters", s_headerParametersMap),
        Body("QueryStringParameters", s_queryStringParametersMap));
    static readonly StringShape s_redshiftSecretManagerArn = new() { Min = 1, Max = 1600, Pattern = @"(^arn:aws([a-z]|\-)*:secretsmanager:[a-z0-9-.]+:.*)|(\$(\.[\w_-]+(\[(\d+|\*)\])*)*)" };
    static readonly StringShape s_database = new() { Min = 1, Max = 64 };
    static readonly StringShape s_dbUser = new() { Min = 1, Max = 128 };
    static readonly StringShape s_sql = new() { Min = 1, Max = 100000, Sensitive = true };
    static readonly StringShape s_statementName = new() { Min = 1, Max = 500 };
    static readonly ListShape s_sqls = new(s_sql) { Min = 0, Max = 40 };
    static readonly StructureShape s_redshiftDataParameters = new(
        "RedshiftDataParameters",
        Body("SecretManagerArn", s_redshiftSecretManagerArn),
        RequiredBody("Database", s_database),
        Body("DbUser", s_dbUser),
        Body("Sql", s_sql),
        Body("StatementName", s_statementName),
        Body("WithEvent", BusShapes.Boolean),
        Body("Sqls", s_sqls));
    static readonly StringShape s_sageMakerPipelineParameterName = new() { Min = 1, Max = 256, Pattern = @"^[a-zA-Z0-9](-*[a-zA-Z0-9])*$" };
    static readonly StringShape s_sageMakerPipelineParameterValue = new() { Max = 1024 };
    static readonly StructureShape s_sageMakerPipelineParameter = new(
        "SageMakerPipelineParameter",
        RequiredBody("Name", s_sageMakerPipelineParameterName),
        RequiredBody("Value", s_sageMakerPipelineParameterValue));
    static readonly ListShape s_sageMakerPipelineParameterList = new(s_sageMakerPipelineParameter) { Min = 0, Max = 200 };
    static readonly StructureShape s_sageMakerPipelineParameters = new(
        "SageMakerPipelineParameters",
        Body("PipelineParameterList", s_sageMakerPipelineParameterList));
    static readonly StructureShape s_retryPolicy = new(
        "RetryPolicy",
        Body("MaximumRetryAttempts", BusShapes.MaximumRetryAttempts),
        Body("MaximumEventAgeInSeconds", BusShapes.MaximumEventAgeInSeconds));
    static readonly StringShape s_graphQLOperation = new() { Min = 1, Max = 1048576, Sensitive = true };
    static readonly StructureShape s_appSyncParameters = new(
        "AppSyncParameters",
        Body("GraphQLOperation", s_graphQLOperation));
    static readonly StructureShape s_target = new(
        "Target",
        RequiredBody("Id", s_targetId),
        RequiredBody("Arn", BusShapes.TargetArn),
        Body("RoleArn", s_roleArn),
        Body("Input", s_targetInput),
        Body("InputPath", s_targetInputPath),
        Body("InputTransformer", s_inputTransformer),
        Body("KinesisParameters", s_kinesisParameters),
        Body("RunCommandParameters", s_runCommandParameters),
        Body("EcsParameters", s_ecsParameters),
        Body("BatchParameters", s_batchParameters),
        Body("SqsParameters", s_sqsParameters),
        Body("HttpParameters", s_httpParameters),
        Body("RedshiftDataParameters", s_redshiftDataParameters),
        Body("SageMakerPipelineParameters", s_sageMakerPipelineParameters),
        Body("DeadLetterConfig", s_deadLetterConfig),
        Body("RetryPolicy", s_retryPolicy),
        Body("AppSyncParameters", s_appSyncParameters));
    static readonly ListShape s_targetList = new(s_target) { Min = 1, Max = 100 };
    static readonly ListShape s_targetIdList = new(s_targetId) { Min = 1, Max = 100 };
    static readonly StringShape s_eventResource = new() { Max = 2048 };
    static readonly ListShape s_eventResourceList = new(s_eventResource);
    static readonly StringShape s_nonPartnerEventBusNameOrArn = new() { Min = 1, Max = 1600, Pattern = @"(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[\.\-_A-Za-z0-9]+" };
    static readonly StringShape s_traceHeader = new() { Min = 1, Max = 500 };
    static readonly StructureShape s_putEventsRequestEntry = new(
        "PutEventsRequestEntry",
        Body("Time", BusShapes.Timestamp),
        Body("Source", BusShapes.Text),
        Body("Resources", s_eventResourceList),
        Body("DetailType", BusShapes.Text),
        Body("Detail", BusShapes.Text),
        Body("EventBusName", s_nonPartnerEventBusNameOrArn),
        Body("TraceHeader", s_traceHeader),
        Body("KmsKeyIdentifier", BusShapes.Text),
        Body("InternalMetadata", BusShapes.Text));
    static readonly ListShape s_putEventsRequestEntryList = new(s_putEventsRequestEntry) { Min = 1, Max = 10 };
    static readonly StringShape s_endpointId = new() { Min = 1, Max = 50, Pattern = @"^[A-Za-z0-9\-]+[\.][A-Za-z0-9\-]+$" };
    static readonly StringShape s_archiveName = new() { Min = 1, Max = 48, Pattern = @"[\.\-_A-Za-z0-9]+" };
    static readonly StringShape s_eventBusArn = new() { Min = 1, Max = 1600, Pattern = @"^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:.+\/.+$" };
    static readonly StringShape s_archiveDescription = new() { Max = 512, Pattern = @".*" };
    static readonly NumberShape s_retentionDays = new() { Min = 0 };
    static readonly StringShape s_archiveState = new() { Enum = ["ENABLED", "DISABLED", "CREATING", "UPDATING", "CREATE_FAILED", "UPDATE_FAILED"] };
    static readonly StringShape s_replayName = new() { Min = 1, Max = 64, Pattern = @"[\.\-_A-Za-z0-9]+" };
    static readonly StringShape s_replayDescription = new() { Max = 512, Pattern = @".*" };
    static readonly StringShape s_archiveArn = new() { Min = 1, Max = 1600, Pattern = @"^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:.+\/.+$" };
    static readonly ListShape s_replayDestinationFilters = new(s_arn);
    static readonly StructureShape s_replayDestination = new(
        "ReplayDestination",
        RequiredBody("Arn", s_arn),
        Body("FilterArns", s_replayDestinationFilters));
    static readonly StringShape s_replayState = new() { Enum = ["STARTING", "RUNNING", "CANCELLING", "COMPLETED", "CANCELLED", "FAILED"] };
    static readonly ListShape s_tagKeyList = new(BusShapes.TagKey);

    public static OperationModel CreateEventBus { get; } = new(
        RequiredBody("Name", s_eventBusName),
        Body("EventSourceName", s_eventSourceName),
        Body("Description", s_eventBusDescription),
        Body("KmsKeyIdentifier", s_kmsKeyIdentifier),
        Body("DeadLetterConfig", s_deadLetterConfig),
        Body("LogConfig", s_logConfig),
        Body("Tags", s_tagList));

    public static OperationModel DeleteEventBus { get; } = new(
        RequiredBody("Name", s_eventBusName));

    public static OperationModel DescribeEventBus { get; } = new(
        Body("Name", s_eventBusNameOrArn));

    public static OperationModel UpdateEventBus { get; } = new(
        Body("Name", s_eventBusName),
        Body("KmsKeyIdentifier", s_kmsKeyIdentifier),
        Body("Description", s_eventBusDescription),
        Body("DeadLetterConfig", s_deadLetterConfig),
        Body("LogConfig", s_logConfig));

    public static OperationModel ListEventBuses { get; } = new(
        Body("NamePrefix", s_eventBusName),
        Body("NextToken", BusShapes.NextToken),
        Body("Limit", s_limitMax100));

    public static OperationModel PutPermission { get; } = new(
        Body("EventBusName", s_nonPartnerEventBusName),
        Body("Action", s_action),
        Body("Principal", s_principal),
        Body("StatementId", s_statementId),
        Body("Condition", s_condition),
        Body("Policy", BusShapes.Text));

    public static OperationModel RemovePermission { get; } = new(
        Body("StatementId", s_statementId),
        Body("RemoveAllPermissions", BusShapes.Boolean),
        Body("EventBusName", s_nonPartnerEventBusName));

    public static OperationModel PutRule { get; } = new(
        RequiredBody("Name", s_ruleName),
        Body("ScheduleExpression", s_scheduleExpression),
        Body("EventPattern", s_eventPattern),
        Body("State", s_ruleState),
        Body("Description", s_ruleDescription),
        Body("RoleArn", s_roleArn),
        Body("Tags", s_tagList),
        Body("EventBusName", s_eventBusNameOrArn));

    public static OperationModel DeleteRule { get; } = new(
        RequiredBody("Name", s_ruleName),
        Body("EventBusName", s_eventBusNameOrArn),
        Body("Force", BusShapes.Boolean));

    public static OperationModel DescribeRule { get; } = new(
        RequiredBody("Name", s_ruleName),
        Body("EventBusName", s_eventBusNameOrArn));

    public static OperationModel EnableRule => DescribeRule;

    public static OperationModel DisableRule => DescribeRule;

    public static OperationModel ListRules { get; } = new(
        Body("NamePrefix", s_ruleName),
        Body("EventBusName", s_eventBusNameOrArn),
        Body("NextToken", BusShapes.NextToken),
        Body("Limit", s_limitMax100));

    public static OperationModel ListRuleNamesByTarget { get; } = new(
        RequiredBody("TargetArn", BusShapes.TargetArn),
        Body("EventBusName", s_eventBusNameOrArn),
        Body("NextToken", BusShapes.NextToken),
        Body("Limit", s_limitMax100));

    public static OperationModel PutTargets { get; } = new(
        RequiredBody("Rule", s_ruleName),
        Body("EventBusName", s_eventBusNameOrArn),
        RequiredBody("Targets", s_targetList));

    public static OperationModel RemoveTargets { get; } = new(
        RequiredBody("Rule", s_ruleName),
        Body("EventBusName", s_eventBusNameOrArn),
        RequiredBody("Ids", s_targetIdList),
        Body("Force", BusShapes.Boolean));

    public static OperationModel ListTargetsByRule { get; } = new(
        RequiredBody("Rule", s_ruleName),
        Body("EventBusName", s_eventBusNameOrArn),
        Body("NextToken", BusShapes.NextToken),
        Body("Limit", s_limitMax100));

    public static OperationModel PutEvents { get; } = new(
        RequiredBody("Entries", s_putEventsRequestEntryList),
        Body("EndpointId", s_endpointId));

    public static OperationModel TestEventPattern { get; } = new(
        RequiredBody("EventPattern", s_eventPattern),
        RequiredBody("Event", BusShapes.Text));

    public static OperationModel CreateArchive { get; } = new(
        RequiredBody("ArchiveName", s_archiveName),
        RequiredBody("EventSourceArn", s_eventBusArn),
        Body("Description", s_archiveDescription),
        Body("EventPattern", s_eventPattern),
        Body("RetentionDays", s_retentionDays),
        Body("KmsKeyIdentifier", s_kmsKeyIdentifier));

    public static OperationModel UpdateArchive { get; } = new(
        RequiredBody("ArchiveName", s_archiveName),
        Body("Description", s_archiveDescription),
        Body("EventPattern", s_eventPattern),
        Body("RetentionDays", s_retentionDays),
        Body("KmsKeyIdentifier", s_kmsKeyIdentifier));

    public static OperationModel DeleteArchive { get; } = new(
        RequiredBody("ArchiveName", s_archiveName));

    public static OperationModel DescribeArchive { get; } = new(
        RequiredBody("ArchiveName", s_archiveName));

    public static OperationModel ListArchives { get; } = new(
        Body("NamePrefix", s_archiveName),
        Body("EventSourceArn", s_eventBusArn),
        Body("State", s_archiveState),
        Body("NextToken", BusShapes.NextToken),
        Body("Limit", s_limitMax100));

    public static OperationModel StartReplay { get; } = new(
        RequiredBody("ReplayName", s_replayName),
        Body("Description", s_replayDescription),
        RequiredBody("EventSourceArn", s_archiveArn),
        RequiredBody("EventStartTime", BusShapes.Timestamp),
        RequiredBody("EventEndTime", BusShapes.Timestamp),
        RequiredBody("Destination", s_replayDestination));

    public static OperationModel CancelReplay { get; } = new(
        RequiredBody("ReplayName", s_replayName));

    public static OperationModel DescribeReplay { get; } = new(
        RequiredBody("ReplayName", s_replayName));

    public static OperationModel ListReplays { get; } = new(
        Body("NamePrefix", s_replayName),
        Body("State", s_replayState),
        Body("EventSourceArn", s_archiveArn),
        Body("NextToken", BusShapes.NextToken),
        Body("Limit", s_limitMax100));

    public static OperationModel TagResource { get; } = new(
        RequiredBody("ResourceARN", s_arn),
        RequiredBody("Tags", s_tagList));

    public static OperationModel UntagResource { get; } = new(
        RequiredBody("ResourceARN", s_arn),
        RequiredBody("TagKeys", s_tagKeyList));

    public static OperationModel ListTagsForResource { get; } = new(
        RequiredBody("ResourceARN", s_arn));
}
