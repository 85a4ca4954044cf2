// The name that AWS's runtime has; index.cjs starts faster.
import './index.cjs';
