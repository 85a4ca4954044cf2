/* Pilotlight: the shape of an interface of aws-lambda-java-core, written for these tests. Not the library itself. */
package com.amazonaws.services.lambda.runtime.logging;

public enum LogLevel { UNDEFINED, TRACE, DEBUG, INFO, WARN, ERROR, FATAL }
