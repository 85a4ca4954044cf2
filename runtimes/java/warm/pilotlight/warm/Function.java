package pilotlight.warm;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.LinkedHashMap;
import java.util.Map;

/** What functions commonly do. It must ask for no variable: see Stem. */
public class Function implements RequestHandler<Map<String, Object>, Map<String, Object>> {
    public static class Event {
        private String name;
        private Map<String, Object> more;

        public String getName() {
            return name;
        }

        public void setName(String name) {
            this.name = name;
        }

        public Map<String, Object> getMore() {
            return more;
        }

        public void setMore(Map<String, Object> more) {
            this.more = more;
        }
    }

    @Override
    public Map<String, Object> handleRequest(Map<String, Object> event, Context context) {
        context.getLogger().log(context.getAwsRequestId() + context.getRemainingTimeInMillis());
        System.out.print("");
        return new LinkedHashMap<String, Object>(event);
    }

    public Event handle(Event event) {
        return event;
    }
}
