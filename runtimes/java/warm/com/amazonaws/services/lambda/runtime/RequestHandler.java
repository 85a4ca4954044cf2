/* Pilotlight: the shape of an interface of aws-lambda-java-core, for the warm-up of stems. Not the library itself, and never seen by a function. */
package com.amazonaws.services.lambda.runtime;

public interface RequestHandler<I, O> {
    O handleRequest(I input, Context context);
}
