package pilotlight.runtime;

import pilotlight.runtime.RuntimeApi.Invocation;

/** The function's code behind one shape: an event in, response bytes out. */
interface Handler {
    void handle(Invocation invocation, Main.Output output) throws Throwable;
}
