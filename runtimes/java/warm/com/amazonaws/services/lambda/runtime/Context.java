/* Pilotlight: the shape of an interface of aws-lambda-java-core, for the warm-up of stems. Not the library itself, and never seen by a function. */
package com.amazonaws.services.lambda.runtime;

public interface Context {
    String getAwsRequestId();
    int getRemainingTimeInMillis();
    LambdaLogger getLogger();
}
